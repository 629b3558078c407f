// All mapped bytes with the holes left out, below the strip: what is in view is framed, a click or
// a drag brings a place into view. It is drawn once for each size of the window.

const THIN = 14;

class Navigator {
  constructor(model, target, shared) {
    Object.assign(this, {model, target, shared});
    this.canvas = el('canvas', {class: 'navigator', role: 'img', 'aria-label': 'mapped bytes, holes left out'});
    this.canvas.addEventListener('pointerdown', (event) => this.go(event));
    this.canvas.addEventListener('pointermove', (event) => { if (event.buttons) this.go(event); });
    new ResizeObserver(() => { this.picture = null; this.draw(); }).observe(this.canvas);
    this.starts = [];  // of each mapping, in mapped bytes
    this.total = 0;
    for (const root of target.nodes.roots) {
      this.starts.push(this.total);
      this.total += target.nodes.size[root];
    }
  }

  xOf(address) {
    const mapping = this.model.rootAt(this.target, address);
    if (mapping >= this.starts.length) return this.canvas.clientWidth;
    const begin = this.target.nodes.begin[this.target.nodes.roots[mapping]];
    return (this.starts[mapping] + Math.max(0, address - begin)) / this.total * this.canvas.clientWidth;
  }

  go(event) {
    const at = Math.max(0, Math.min(event.offsetX / this.canvas.clientWidth, 0.9999999)) * this.total;
    let mapping = this.starts.findIndex((start) => start > at);
    mapping = (mapping === -1 ? this.starts.length : mapping) - 1;
    const root = this.target.nodes.roots[mapping];
    const address = this.target.nodes.begin[root] + at - this.starts[mapping];
    const length = Math.min(this.target.nodes.size[root], this.shared.view[1] - this.shared.view[0]);
    this.shared.look(address - length / 2, address + length / 2);
  }

  draw() {
    const width = this.canvas.clientWidth;
    if (width === 0) return;
    const ratio = devicePixelRatio || 1;
    if (this.picture === null || this.picture === undefined) this.picture = this.most(Math.ceil(width));
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round((THIN + 6) * ratio);
    const context = this.canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.picture.forEach((family, x) => {
      context.fillStyle = this.shared.colours[family];
      context.fillRect(x, 3, 1.5, THIN);
    });
    const [from, to] = this.shared.view.map((address) => this.xOf(address));
    context.strokeStyle = colour('--text');
    context.lineWidth = 2;
    context.strokeRect(Math.max(1, from), 1, Math.max(3, Math.min(to, width - 1) - Math.max(1, from)), THIN + 4);
  }

  // The family that has most of each point.
  most(columns) {
    const {nodes} = this.target;
    const families = this.model.families.length;
    const sums = new Float64Array(columns * families);
    for (let i = 0; i < nodes.count; ++i) {
      if (nodes.self[i] === 0) continue;
      const start = this.starts[nodes.mapping[i]] + nodes.begin[i] - nodes.begin[nodes.roots[nodes.mapping[i]]];
      const family = this.model.family(nodes.kind[i]);
      const from = start / this.total * columns;
      const to = Math.min(columns, (start + nodes.size[i]) / this.total * columns);
      const density = nodes.self[i] / nodes.size[i];
      for (let x = Math.floor(from); x < to; ++x)
        sums[x * families + family] += density * (Math.min(x + 1, to) - Math.max(x, from));
    }
    return Uint8Array.from({length: columns}, (_, x) => {
      const part = sums.subarray(x * families, (x + 1) * families);
      return part.indexOf(Math.max(...part));
    });
  }
}
