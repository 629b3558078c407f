// Takes the data of the page apart. `facts` is JSON: families and kinds by number, formats of the
// sources, and for each target its title, mappings, and the documents of summary and reconcile. The
// nodes of a target are columns (NodeColumns in page.h), gzipped and in base64.

async function unpack(base64) {
  const text = atob(base64);
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}

// Map nodes as arrays, in pre-order: children follow their parent, one deeper.
function columnsOf(buffer, count) {
  let at = 0;
  const take = (Type) => {
    const column = new Type(buffer, at, count);
    at += column.byteLength;
    return column;
  };
  const nodes = {
    count,
    begin: take(Float64Array), size: take(Float64Array), resident: take(Float64Array),
    detail: take(Uint32Array), index: take(Uint32Array),
    kind: take(Uint8Array), depth: take(Uint8Array), path: take(Uint8Array), confidence: take(Uint8Array),
  };
  const texts = new TextDecoder().decode(new Uint8Array(buffer, at));
  nodes.texts = texts.split('\n');
  return nodes;
}

// Addresses from distances, each node's mapping, and the bytes that no child covers. Those that are
// resident are below 0 where that is not known.
function complete(nodes) {
  const {count, begin, size, depth, resident} = nodes;
  nodes.mapping = new Uint32Array(count);
  nodes.self = Float64Array.from(size);
  nodes.ownResident = Float64Array.from(resident);
  nodes.roots = [];  // the node of each mapping
  const open = [];
  for (let i = 0; i < count; ++i) {
    if (depth[i] === 0) nodes.roots.push(i);
    else begin[i] += begin[i - 1];
    nodes.mapping[i] = nodes.roots.length - 1;
    open.length = depth[i];
    if (depth[i] > 0) {
      const parent = open[depth[i] - 1];
      nodes.self[parent] -= size[i];
      nodes.ownResident[parent] -= resident[i] < 0 ? Infinity : resident[i];
    }
    open.push(i);
  }
  return nodes;
}

async function load() {
  const facts = JSON.parse(byId('facts').textContent);
  const columns = [...document.querySelectorAll('script.columns')];
  facts.targets = await Promise.all(facts.targets.map(async (target, i) => {
    const buffer = await unpack(columns[i].textContent);
    const label = facts.targets.length > 1 ? `${'AB'[i]}  ${target.title}` : target.title;
    return {...target, label, nodes: complete(columnsOf(buffer, target.node_count))};
  }));
  return facts;
}
