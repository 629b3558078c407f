// Bytes as areas: families or mappings, in them kinds, in them the largest pieces. A tile stands for
// many pieces where they would be too small to see, so there are never more than a thousand or so.

const PIECES = 60;         // of a kind, while the whole is shown
const PIECES_INSIDE = 600; // of a kind that was opened
const GROUPS = 120;

// Tree of {name, value, kind?, family?, node?, key?, children?} for d3.hierarchy.
class Tiles {
  constructor(model, target, metric, group) {
    Object.assign(this, {model, target, metric, group});
    this.groups = new Map();  // key of a family or mapping → kind → nodes
    const {nodes} = target;
    for (let i = 0; i < nodes.count; ++i) {
      if (model.value(target, i, metric) <= 0) continue;
      const outer = group === 'kind' ? model.family(nodes.kind[i]) : nodes.mapping[i];
      if (!this.groups.has(outer)) this.groups.set(outer, new Map());
      const kinds = this.groups.get(outer);
      if (!kinds.has(nodes.kind[i])) kinds.set(nodes.kind[i], []);
      kinds.get(nodes.kind[i]).push(i);
    }
    if (metric === 'resident') this.addUntold();
  }

  // Resident bytes of which only the mapping is known.
  addUntold() {
    const told = new Float64Array(this.target.nodes.roots.length);
    for (const kinds of this.groups.values())
      for (const list of kinds.values())
        for (const i of list) told[this.target.nodes.mapping[i]] += this.value(i);
    this.untold = [];
    this.target.nodes.roots.forEach((root, mapping) => {
      const rest = this.target.nodes.resident[root] - told[mapping];
      if (rest > 0) this.untold.push({name: this.target.mappings[mapping], value: rest, node: root, key: mapping});
    });
  }

  value(node) { return this.model.value(this.target, node, this.metric); }

  tree(path) {
    const [outer, kind] = path;
    if (kind !== undefined) return {children: this.pieces(this.groups.get(outer).get(kind), PIECES_INSIDE)};
    if (outer !== undefined) return {children: this.kinds(outer, 3 * PIECES)};
    let groups = [...this.groups.keys()].map((key) => this.outerTile(key));
    groups.sort((a, b) => b.value - a.value);
    if (this.untold?.length)
      groups.push({name: 'resident, in which part is not known', value: sum(this.untold), children: this.untold});
    return {children: folded(groups, GROUPS, this.group === 'kind' ? 'families' : 'mappings')};
  }

  outerTile(key) {
    const children = this.kinds(key, PIECES);
    const name = this.group === 'kind' ? this.model.families[key].shown : this.target.mappings[key];
    return {name, key: [key], value: sum(children), children};
  }

  kinds(outer, most) {
    return [...this.groups.get(outer)].map(([kind, list]) => {
      const value = list.reduce((total, node) => total + this.value(node), 0);
      const tile = {name: this.model.kinds[kind].shown, value, kind, family: this.model.family(kind),
        count: list.length, key: [outer, kind]};
      if (list.length === 1) tile.node = list[0];
      else tile.children = this.pieces(list, most);
      return tile;
    });
  }

  pieces(list, most) {
    const {kind} = this.target.nodes;
    const largest = [...list].sort((a, b) => this.value(b) - this.value(a));
    const tiles = largest.slice(0, most).map((node) => ({
      name: this.model.detail(this.target, node) || hex(this.target.nodes.begin[node]),
      value: this.value(node), kind: kind[node], family: this.model.family(kind[node]), node}));
    const rest = largest.slice(most);
    if (rest.length > 0)
      tiles.push({name: `${grouped(rest.length)} smaller`, kind: kind[rest[0]], rest: true,
        family: this.model.family(kind[rest[0]]), value: rest.reduce((total, node) => total + this.value(node), 0)});
    return tiles;
  }
}

function sum(tiles) { return tiles.reduce((total, tile) => total + tile.value, 0); }

function folded(tiles, most, what) {
  if (tiles.length <= most) return tiles;
  const rest = tiles.slice(most);
  return [...tiles.slice(0, most), {name: `${rest.length} smaller ${what}`, value: sum(rest), rest: true}];
}

class Treemap {
  constructor(model, shared) {
    Object.assign(this, {model, shared, path: [], cache: new Map()});
    this.box = byId('treemap');
    this.box.addEventListener('click', (event) => this.press(event));
    this.box.addEventListener('keydown', (event) => { if (event.key === 'Enter') this.press(event); });
    new ResizeObserver(() => this.draw()).observe(this.box);
  }

  tiles() {
    const {target, metric, group} = this.shared;
    if (target === 'difference') return new Difference(this.model, metric);
    const key = `${target} ${metric} ${group}`;
    if (!this.cache.has(key))
      this.cache.set(key, new Tiles(this.model, this.model.targets[target], metric, group));
    return this.cache.get(key);
  }

  open(path) { this.path = path; this.draw(); }
  up() { this.open(this.path.slice(0, -1)); }

  draw() {
    const {clientWidth: width, clientHeight: height} = this.box;
    if (width === 0) return;
    const source = this.tiles();
    const root = d3.hierarchy(source.tree(this.path)).sum((tile) => (tile.children ? 0 : tile.value))
      .sort((a, b) => b.value - a.value);
    d3.treemap().size([width, height]).paddingTop((node) => (node.depth > 0 ? 17 : 0)).paddingInner(1)
      .round(true)(root);
    this.shown = root.descendants().slice(1)
      .filter((node) => node.x1 - node.x0 >= 2 && node.y1 - node.y0 >= 2 && node.value > 0);
    this.box.replaceChildren(...this.shown.map((node, i) => this.tile(node, i, root.value)));
    if (!root.value) this.box.append(el('p', {class: 'quiet'}, source.empty || 'nothing to show'));
    this.crumbs(root.value);
  }

  tile(node, i, total) {
    const {data} = node;
    const [width, height] = [node.x1 - node.x0, node.y1 - node.y0];
    const amount = data.label || bytes(node.value);
    const text = width > 34 && height > 13 ? `${data.name} ${amount}` : '';
    const ground = data.ground || (data.family === undefined ? '' : this.shared.colours[data.family]);
    const group = Boolean(node.children);
    const element = el('div', {class: `tile${group ? ' group' : ''}`, 'data-i': i, role: 'button',
      tabindex: group || width * height > 1200 ? 0 : null, 'data-kind': data.kind,
      'data-tip': this.tip(data, node.value, total),
      style: `left:${node.x0}px;top:${node.y0}px;width:${width}px;height:${height}px;` +
        (ground && !group ? `background:${ground};color:${textOn(ground)}` : '')}, text);
    if (this.shared.marked && data.kind !== undefined && !this.shared.marked.has(data.kind)) element.classList.add('dim');
    return element;
  }

  tip(data, value, total) {
    const lines = [`${data.name}: ${data.label || bytes(value)} ${share(value, total) && `(${share(value, total)})`}`];
    if (data.count > 1) lines.push(`${grouped(data.count)} pieces`);
    if (data.node !== undefined) {
      const target = this.model.targets[this.shared.target];
      lines.push(span(target.nodes.begin[data.node], this.model.end(target, data.node)));
    }
    return lines.join('\n');
  }

  press(event) {
    const node = this.shown?.[event.target.dataset?.i];
    if (!node) return;
    event.stopPropagation();
    const {data} = node;
    if (data.node !== undefined) {
      const target = this.model.targets[this.shared.target];
      this.shared.show(target, data.node);
      return;
    }
    for (let at = node; at; at = at.parent)
      if (Array.isArray(at.data.key) && at.data.key.length > this.path.length) return this.open(at.data.key);
  }

  crumbs(total) {
    const names = this.tiles().names?.(this.path) ?? this.names();
    const links = names.map((name, i) => el('button', {onclick: () => this.open(this.path.slice(0, i))}, name));
    byId('crumbs').replaceChildren(...links, el('span', {class: 'quiet'}, this.tiles().total?.() ?? bytes(total)));
  }

  names() {
    const {target, group} = this.shared;
    const [outer, kind] = this.path;
    const names = ['all'];
    if (outer !== undefined)
      names.push(group === 'kind' ? this.model.families[outer].shown : this.model.targets[target].mappings[outer]);
    if (kind !== undefined) names.push(this.model.kinds[kind].shown);
    return names;
  }
}
