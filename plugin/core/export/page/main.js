// Puts the page together: what is shared, the buttons, the keys, light and dark.

class Page {
  constructor(model) {
    Object.assign(this, {model, view: [...WHOLE], marked: null, metric: 'virtual', group: 'kind'});
    this.target = model.targets.length > 1 ? 'difference' : 0;
    this.tooltip = new Tooltip(model);
    this.search = new Search(model, this);
    this.strips = model.targets.flatMap((target) =>
      [new Strip(model, target, this), new Navigator(model, target, this)]);
    byId('strips').append(...this.strips.flatMap((strip) => (model.targets.length > 1 && strip instanceof Strip ?
      [el('div', {class: 'quiet'}, strip.target.label), strip.canvas] : [strip.canvas])));
    this.treemap = new Treemap(model, this);
  }

  // --- the strip
  look(begin, end) {
    const length = Math.max(NARROWEST, Math.min(end - begin, WHOLE[1]));
    const from = Math.max(0, begin);
    this.view = [from, from + length];
    this.drawStrips();
  }
  zoom(factor, around = (this.view[0] + this.view[1]) / 2) {
    const length = Math.max(NARROWEST, Math.min((this.view[1] - this.view[0]) * factor, WHOLE[1]));
    const part = (around - this.view[0]) / (this.view[1] - this.view[0]);
    this.look(around - part * length, around - part * length + length);
  }
  move(part) {
    const by = (this.view[1] - this.view[0]) * part;
    this.look(this.view[0] + by, this.view[1] + by);
  }
  toMapping(step) {
    const [target] = this.model.targets;
    const here = this.model.rootAt(target, (this.view[0] + this.view[1]) / 2);
    const wanted = Math.max(0, Math.min(here + step, target.nodes.roots.length - 1));
    this.show(target, target.nodes.roots[this.whole() ? (step > 0 ? 0 : target.nodes.roots.length - 1) : wanted]);
  }
  whole() { return this.view[1] - this.view[0] >= WHOLE[1]; }
  show(target, node) {
    const {begin, size} = target.nodes;
    this.look(begin[node] - size[node] * 0.1, begin[node] + size[node] * 1.1);
    this.select(target, node);
  }
  select(target, node) {
    const path = node === undefined ? [] : this.model.pathTo(target, target.nodes.begin[node])
      .filter((one) => target.nodes.depth[one] <= target.nodes.depth[node]);
    byId('selected').replaceChildren(...(path.length > 0 ? this.pathLines(target, path) : [this.hint()]));
  }
  hint() {
    return el('span', {class: 'quiet'}, 'Point at a piece to see what it is, click to keep it here, double-click to see ' +
      'it large. Wheel, drag and the framed bar below the lanes (holes left out) go elsewhere.');
  }
  drawStrips() {
    for (const strip of this.strips) strip.draw();
    this.sayView();
  }
  sayView() {
    const length = this.view[1] - this.view[0];
    byId('view').textContent = `${bytes(length)} from ${hex(Math.floor(this.view[0]))}`;
  }

  // --- words about a node
  describe(target, node) {
    const {nodes} = target;
    const kind = nodes.kind[node];
    const lines = [el('b', {}, this.model.name(target, node)), el('div', {}, `${span(nodes.begin[node],
      this.model.end(target, node))}, ${bytes(nodes.size[node])}`)];
    const detail = this.model.detail(target, node);
    if (detail) lines.push(el('div', {}, detail));
    if (nodes.depth[node] > 0) lines.push(...describeKind(this.model, kind).slice(1));
    return lines;
  }
  pathLines(target, path) {
    return path.map((node) => {
      const {nodes} = target;
      const known = nodes.resident[node] >= 0 ? `, ${bytes(nodes.resident[node])} resident` : '';
      const detail = this.model.detail(target, node);
      const counter = this.model.kinds[nodes.kind[node]].counter;
      return el('div', {class: 'path', style: `padding-left:${nodes.depth[node]}em`},
        el('button', {'data-kind': nodes.depth[node] ? nodes.kind[node] : null, onclick: () => this.show(target, node)},
          this.model.name(target, node)),
        ` ${span(nodes.begin[node], this.model.end(target, node))} ${bytes(nodes.size[node])}${known}` +
        `${detail && ` · ${detail}`}${counter ? ` · ${counter}` : ''}`,
        el('span', {class: 'quiet'}, ` · ${this.model.source(target, node)}`));
    });
  }

  // --- choices
  choose(name, value) {
    this.treemap.path = [];
    this[name] = value;
    this.showChoices();
    this.treemap.draw();
  }
  showChoices() {
    for (const [id, key, chosen] of [['metrics', 'metric', this.metric], ['groups', 'group', this.group],
      ['targets', 'target', this.target]])
      for (const button of byId(id).children)
        button.setAttribute('aria-pressed', String(button.dataset[key] === String(chosen)));
  }
  paint(theme) {
    const next = theme || 'auto';
    document.documentElement.dataset.theme = next;
    byId('theme').textContent = next;
    this.colours = this.model.families.map((_, i) => colour(`--family-${i}`));
    this.ground = {mapping: colour('--mapping'), closed: colour('--closed')};
  }
  redraw() { this.drawStrips(); this.treemap.draw(); }
}

// One rule for light and two for dark: chosen, and as the system says.
function familyStyle(families) {
  const rules = (ground) => families.map((family, i) => `--family-${i}:${family[ground]}`).join(';');
  return `:root{${rules('light')}}:root[data-theme=dark]{${rules('dark')}}` +
    `@media(prefers-color-scheme:dark){:root:not([data-theme=light]){${rules('dark')}}}`;
}

function wireButtons(page) {
  const acts = {whole: () => page.look(...WHOLE), previous: () => page.toMapping(-1), next: () => page.toMapping(1),
    in: () => page.zoom(0.5), out: () => page.zoom(2)};
  for (const button of document.querySelectorAll('[data-act]'))
    button.addEventListener('click', acts[button.dataset.act]);
  for (const name of ['metric', 'group'])
    for (const button of document.querySelectorAll(`button[data-${name}]`))
      button.addEventListener('click', () => page.choose(name, button.dataset[name]));
  const themes = {auto: 'light', light: 'dark', dark: 'auto'};
  byId('theme').addEventListener('click', () => {
    page.paint(themes[document.documentElement.dataset.theme]);
    page.redraw();
  });
  byId('help').addEventListener('click', () => byId('keys').showModal());
  if (page.model.targets.length > 1)
    byId('targets').append(...[[0, 'A'], [1, 'B'], ['difference', 'difference']].map(([target, name]) =>
      el('button', {'data-target': target, title: '( t )', onclick: () => page.choose('target', target)}, name)));
  const resident = document.querySelector('[data-metric=resident]');
  if (!page.model.targets.some((target) => page.model.knowsResidency(target))) {
    resident.disabled = true;
    resident.title = 'a core does not say what was resident';
  }
  return acts;
}

function wireKeys(page, acts) {
  const press = (selector) => document.querySelector(selector).click();
  const targets = {0: 1, 1: 'difference', difference: 0};
  const keys = {'/': () => byId('search').focus(), '?': () => press('#help'), d: () => press('#theme'), 0: acts.whole,
    '+': acts.in, '=': acts.in, '-': acts.out, '[': acts.previous, ']': acts.next,
    ArrowLeft: () => page.move(-0.2), ArrowRight: () => page.move(0.2),
    v: () => press('[data-metric=virtual]'), r: () => press('[data-metric=resident]'),
    c: () => press('[data-metric=counted]'), g: () => page.choose('group', page.group === 'kind' ? 'mapping' : 'kind'),
    t: () => { if (page.model.targets.length > 1) page.choose('target', targets[page.target]); }};
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId('keys').open) return;
    if (event.key === 'Escape') {
      if (byId('search').value !== '') page.search.ask('');
      else page.treemap.up();
      byId('search').blur();
    } else if (event.target !== byId('search') && keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });
}

function showHeader(model) {
  byId('title').replaceChildren(...model.targets.map((target) => el('div', {}, target.label)));
  const said = model.targets.flatMap((target) => target.summary.findings.map((one) =>
    el('div', {class: one.severity}, `${one.severity}: ${one.count > 1 ? `${one.count} × ` : ''}${one.message}` +
      `${one.address ? ` at ${one.address}` : ''}`)));
  byId('findings').replaceChildren(...said);
}

async function start() {
  const model = new Model(await load());
  document.head.append(el('style', {}, familyStyle(model.families)));
  showHeader(model);
  const page = new Page(model);
  page.paint('auto');
  page.sayView();
  page.select(model.targets[0]);
  drawKinds(model, page);
  drawLegend(model);
  drawLedger(model);
  wireKeys(page, wireButtons(page));
  page.showChoices();  // strips and treemap draw themselves once they know their size
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    page.paint(document.documentElement.dataset.theme);
    page.redraw();
  });
  requestAnimationFrame(() => setTimeout(() => { document.documentElement.dataset.ready = performance.now(); }));
}

start().catch((error) => { byId('findings').textContent = `The page cannot be shown: ${error.message}`; });
