// Search by address (hexadecimal) and by kind (its id or name, with * and ?).

const LISTED = 60;

class Search {
  constructor(model, shared) {
    Object.assign(this, {model, shared, hits: [], at: -1});
    this.input = byId('search');
    this.input.addEventListener('input', () => this.ask(this.input.value));
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.step(event.shiftKey ? -1 : 1);
    });
  }

  ask(text) {
    this.input.value = text;
    const word = text.trim().toLowerCase();
    const kinds = word === '' ? [] : this.kindsLike(word);
    this.shared.marked = kinds.length > 0 ? new Set(kinds) : null;
    this.hits = [];
    this.at = -1;
    if (kinds.length > 0) this.showKinds(kinds);
    else if (/^(0x)?[0-9a-f]{1,16}$/.test(word)) this.showAddress(Number.parseInt(word.replace(/^0x/, ''), 16));
    else this.say(word === '' ? null : [`No kind and no address is '${text.trim()}'.`]);
    this.shared.redraw();
  }

  kindsLike(word) {
    const pattern = word.replace(/[.+^${}()|[\]\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.');
    const whole = new RegExp(`^${pattern}$`);
    const all = this.model.kinds.map((_, i) => i);
    const exact = all.filter((i) => whole.test(this.model.kinds[i].id) || whole.test(this.model.kinds[i].shown.toLowerCase()));
    if (exact.length > 0 || /^(0x)?[0-9a-f]+$/.test(word)) return exact;
    return all.filter((i) => this.model.kinds[i].shown.toLowerCase().includes(word) ||
      this.model.kinds[i].id.includes(word));
  }

  showKinds(kinds) {
    const wanted = new Set(kinds);
    let total = 0;
    for (const target of this.model.targets) {
      const {nodes} = target;
      for (let i = 0; i < nodes.count; ++i) {
        if (!wanted.has(nodes.kind[i])) continue;
        this.hits.push([target, i]);
        total += nodes.self[i];
      }
    }
    const names = kinds.map((kind) => this.model.kinds[kind].shown).join(', ');
    this.say([el('b', {}, names), ` ${grouped(this.hits.length)} pieces, ${bytes(total)} of their own`,
      ...kinds.length === 1 ? describeKind(this.model, kinds[0]).slice(1) : [], this.list()]);
  }

  list() {
    const items = this.hits.slice(0, LISTED).map(([target, node]) => el('button',
      {onclick: () => this.shared.show(target, node)},
      `${span(target.nodes.begin[node], this.model.end(target, node))} ${bytes(target.nodes.size[node])}`));
    if (this.hits.length > LISTED) items.push(el('span', {class: 'quiet'}, `${grouped(this.hits.length - LISTED)} more: Enter goes on`));
    return el('div', {class: 'hits'}, ...items);
  }

  showAddress(address) {
    const lines = this.model.targets.map((target) => {
      const path = this.model.pathTo(target, address);
      if (path.length === 0) return this.hole(target, address);
      this.hits.push([target, path[path.length - 1]]);
      return el('div', {}, ...this.shared.pathLines(target, path));
    });
    this.say([el('b', {}, `0x${hex(address)}`), ...lines]);
    if (this.hits.length > 0) this.step(1);
  }

  hole(target, address) {
    const behind = target.nodes.roots[this.model.rootAt(target, address)];
    const where = behind === undefined ? '' : ` The next mapping begins at ${hex(target.nodes.begin[behind])}.`;
    return el('div', {class: 'bad'}, `Not mapped in ${target.label}.${where}`);
  }

  step(by) {
    if (this.hits.length === 0) return;
    this.at = (this.at + by + this.hits.length) % this.hits.length;
    this.shared.show(...this.hits[this.at]);
  }

  say(content) {
    const box = byId('found');
    box.hidden = content === null;
    box.replaceChildren(...(content || []));
  }
}
