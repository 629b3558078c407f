// What is asked of the data: names, families, values, the way to an address.

const SURE = [' (guessed)', ' (derived)', ''];  // by confidence

class Model {
  constructor(facts) {
    Object.assign(this, facts, {kinds: facts.glossary.rows});
    this.kindOf = new Map(this.kinds.map((kind, i) => [kind.id, i]));
    this.byShown = new Map(this.kinds.map((kind, i) => [kind.shown, i]));
  }

  family(kind) { return this.family_of[kind]; }

  source(target, node) {
    const {path, index} = target.nodes;
    return this.sources[path[node]].replace('…', index[node]) + SURE[target.nodes.confidence[node]];
  }

  detail(target, node) {
    const {texts, detail} = target.nodes;
    return detail[node] === 0 ? '' : texts[detail[node] - 1];
  }

  name(target, node) {
    const {depth, kind, mapping} = target.nodes;
    if (depth[node] === 0) return target.mappings[mapping[node]];
    return this.kinds[kind[node]].shown;
  }

  end(target, node) { return target.nodes.begin[node] + target.nodes.size[node]; }

  // The mapping at an address, or the one behind the hole that it lies in.
  rootAt(target, address) {
    const {roots} = target.nodes;
    let low = 0;
    let high = roots.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.end(target, roots[middle]) <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // Nodes from the mapping to the innermost one at an address; empty in a hole.
  pathTo(target, address) {
    const {nodes} = target;
    const found = [];
    let i = nodes.roots[this.rootAt(target, address)];
    const last = nodes.roots[nodes.mapping[i] + 1] ?? nodes.count;
    for (; i < last && nodes.begin[i] <= address; ++i)
      if (nodes.depth[i] === found.length && address < this.end(target, i)) found.push(i);
    return found;
  }

  // What a tile of the treemap counts of a node itself; 0 leaves it out.
  value(target, node, metric) {
    const {self, ownResident, kind} = target.nodes;
    if (metric === 'virtual') return self[node];
    if (metric === 'counted') return this.kinds[kind[node]].counter === null ? 0 : self[node];
    return self[node] === 0 ? 0 : Math.max(ownResident[node], 0);
  }

  knowsResidency(target) { return target.nodes.resident.some((resident) => resident >= 0); }
}
