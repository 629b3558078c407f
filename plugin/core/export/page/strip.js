// The address space as lanes: mappings, regions, blocks, slots. Zooms from 128 TiB to a few bytes.
// What is narrower than a point of the screen shows as the largest thing at that point, so that
// drawing costs one pass over the nodes in view, however many there are.

const WHOLE = [0, 2 ** 47];
const NARROWEST = 64;  // bytes
const LANE = 24;
const RULER = 20;
const LANES = ['mapping', 'region', 'block', 'slot'];

class Strip {
  // `shared.view` is [begin, end) and belongs to all strips of the page.
  constructor(model, target, shared) {
    Object.assign(this, {model, target, shared, width: 0});
    this.canvas = el('canvas', {class: 'strip', tabindex: 0, role: 'img',
      'aria-label': `address space of ${target.label}`});
    this.canvas.addEventListener('wheel', (event) => this.wheel(event), {passive: false});
    this.canvas.addEventListener('pointerdown', (event) => this.grab(event));
    this.canvas.addEventListener('pointermove', (event) => this.hover(event));
    this.canvas.addEventListener('pointerleave', () => shared.tooltip.hide());
    this.canvas.addEventListener('dblclick', (event) => this.open(event));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  // As the strip was drawn last: asking the canvas would lay the page out anew each time.
  get scale() { return this.width / (this.shared.view[1] - this.shared.view[0]); }
  addressAt(x) { return this.shared.view[0] + x / this.scale; }
  xOf(address) { return (address - this.shared.view[0]) * this.scale; }

  wheel(event) {
    event.preventDefault();
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.shared.move(event.deltaX / this.width);
    else this.shared.zoom(Math.exp(event.deltaY / 300), this.addressAt(event.offsetX));
  }

  grab(event) {
    let last = event.clientX;
    let moved = 0;
    this.canvas.setPointerCapture(event.pointerId);
    const move = (e) => {
      this.shared.move((last - e.clientX) / this.width);
      moved += Math.abs(e.clientX - last);
      last = e.clientX;
    };
    this.canvas.addEventListener('pointermove', move);
    this.canvas.addEventListener('pointerup', (e) => {
      this.canvas.removeEventListener('pointermove', move);
      if (moved < 4) this.shared.select(this.target, this.nodeAt(e.offsetX, e.offsetY));
    }, {once: true});
  }

  open(event) {
    const node = this.nodeAt(event.offsetX, event.offsetY);
    if (node !== undefined) this.shared.show(this.target, node);
  }

  // The node under the pointer: what is narrower than a point is found within half of one.
  nodeAt(x, y) {
    const lane = Math.floor((y - RULER) / LANE);
    if (lane < 0 || lane >= LANES.length) return undefined;
    const drawn = this.drawn?.[lane]?.[Math.floor(x)];
    return drawn === undefined || drawn < 0 ? undefined : drawn;
  }

  hover(event) {
    const node = this.nodeAt(event.offsetX, event.offsetY);
    if (node === undefined) return this.shared.tooltip.hide();
    this.shared.tooltip.show(this.shared.describe(this.target, node), event.clientX, event.clientY + 16);
  }

  draw() {
    const ratio = devicePixelRatio || 1;
    const height = RULER + LANES.length * LANE;
    this.width = this.canvas.clientWidth;
    if (this.width === 0) return;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.height = `${height}px`;
    this.context = this.canvas.getContext('2d');
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.context.font = '12px system-ui, sans-serif';
    this.ruler();
    this.nodes();
  }

  ruler() {
    const {context} = this;
    context.fillStyle = colour('--quiet');
    context.strokeStyle = colour('--line');
    const [begin, end] = this.shared.view;
    const step = 2 ** Math.ceil(Math.log2((end - begin) * 120 / this.width));
    for (let address = Math.ceil(begin / step) * step; address < end; address += step) {
      const x = Math.round(this.xOf(address)) + 0.5;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, RULER + LANES.length * LANE);
      context.stroke();
      context.fillText(hex(address), x + 4, 13);
    }
  }

  // drawn[lane][x] is the node that a point shows, or -1.
  nodes() {
    const {nodes} = this.target;
    const columns = Math.ceil(this.width);
    this.drawn = LANES.map(() => new Int32Array(columns).fill(-1));
    const small = LANES.map(() => new Float64Array(columns));
    const wide = [];
    const first = this.model.rootAt(this.target, this.shared.view[0]);
    const limit = this.shared.view[1];
    for (let i = nodes.roots[first] ?? nodes.count; i < nodes.count && nodes.begin[i] < limit; ++i)
      this.place(i, columns, small, wide);
    this.paint(small, wide);
  }

  place(i, columns, small, wide) {
    const {begin, size, depth} = this.target.nodes;
    const from = this.xOf(begin[i]);
    const to = from + size[i] * this.scale;
    if (to < 0) return;
    const lane = Math.min(depth[i], LANES.length - 1);
    const x = Math.max(0, Math.floor(from));
    if (to - from >= 1) {
      wide.push([i, lane, from, to]);
      this.drawn[lane].fill(i, x, Math.min(columns, Math.ceil(to)));
    } else if (x < columns && size[i] > small[lane][x]) {
      small[lane][x] = size[i];
      this.drawn[lane][x] = i;
    }
  }

  fill(node) {
    const {nodes} = this.target;
    const dim = this.shared.marked && !this.shared.marked.has(nodes.kind[node]);
    this.context.globalAlpha = dim ? 0.15 : 1;
    if (nodes.depth[node] === 0)
      return this.target.accessible[nodes.mapping[node]] ? this.shared.ground.mapping : this.shared.ground.closed;
    return this.shared.colours[this.model.family(nodes.kind[node])];
  }

  paint(small, wide) {
    const {context} = this;
    for (const [node, lane, from, to] of wide) {
      const left = Math.max(from, -1);
      const width = Math.min(to, this.width + 1) - left;
      context.fillStyle = this.fill(node);
      context.fillRect(left, RULER + lane * LANE + 1, width > 3 ? width - 0.5 : width, LANE - 2);
      if (width > 40) this.label(node, lane, left, width);
    }
    for (let lane = 0; lane < LANES.length; ++lane) {
      for (let x = 0; x < small[lane].length; ++x) {
        if (small[lane][x] === 0) continue;
        context.fillStyle = this.fill(this.drawn[lane][x]);
        context.fillRect(x, RULER + lane * LANE + 1, 2, LANE - 2);
      }
    }
    context.globalAlpha = 1;
  }

  label(node, lane, left, width) {
    const {context} = this;
    const from = Math.max(left, 0) + 4;
    const room = Math.min(left + width, this.width) - from - 4;
    const text = fitting(context, this.model.name(this.target, node), room);
    if (text === '') return;
    context.fillStyle = textOn(context.fillStyle);
    context.fillText(text, from, RULER + lane * LANE + 16);
  }
}

// As much of a text as there is room for.
function fitting(context, text, room) {
  if (room < 16) return '';
  if (context.measureText(text).width <= room) return text;
  const average = context.measureText(text).width / text.length;
  const letters = Math.floor(room / average) - 1;
  return letters < 2 ? '' : `${text.slice(0, letters)}…`;
}

// Black or white, whichever is read better on "#rrggbb".
function textOn(ground) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(ground.slice(at, at + 2), 16) / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? '#101418' : '#ffffff';
}
