// What is more and what is less in the second target, by kind.

const CHANGED = {grown: '#c2500a', shrunk: '#1f7a8c'};

// Of a kind, in one target: the row of summary, or zeros.
function rowOf(target, kind) {
  return target.summary.rows.find((row) => row.kind === kind.id) ||
    {bytes: 0, resident: 0, count: 0, largest: 0};
}

class Difference {
  constructor(model, metric) { Object.assign(this, {model, metric}); }

  change(kind) {
    const [before, after] = this.model.targets.map((target) => rowOf(target, kind));
    if (this.metric === 'resident')
      return before.resident === null || after.resident === null ? 0 : after.resident - before.resident;
    return this.metric === 'counted' && kind.counter === null ? 0 : after.bytes - before.bytes;
  }

  tree() {
    const side = (name, wanted) => {
      const children = this.model.kinds.map((kind, i) => ({kind: i, name: kind.shown, change: this.change(kind)}))
        .filter((tile) => Math.sign(tile.change) === wanted)
        .map((tile) => ({...tile, value: Math.abs(tile.change), label: signed(tile.change), ground: CHANGED[name]}));
      const total = wanted * sum(children);
      return {name, value: Math.abs(total), label: signed(total), children};
    };
    return {children: [side('grown', 1), side('shrunk', -1)].filter((part) => part.value > 0)};
  }

  get empty() { return this.metric === 'resident' ? 'no difference, or it is not known' : 'no difference'; }
  names() { return ['difference']; }
  total() {
    return signed(this.model.kinds.reduce((total, kind) => total + this.change(kind), 0));
  }
}
