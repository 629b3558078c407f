// The kinds as a table: of one target, or of two side by side.

function kindCell(model, kind, shared) {
  const swatch = el('span', {class: 'swatch', style: `background:var(--family-${model.family(kind)})`});
  return el('button', {class: 'kind', 'data-kind': kind, onclick: () => shared.search.ask(model.kinds[kind].id)},
    swatch, model.kinds[kind].shown);
}

function oneTarget(model, target, shared) {
  const {rows} = target.summary;
  const total = rows.reduce((all, one) => all + one.bytes, 0);
  const resident = target.nodes.roots.reduce((all, i) =>
    (all === null || target.nodes.resident[i] < 0 ? null : all + target.nodes.resident[i]), 0);
  const lines = rows.map((one) => row([kindCell(model, model.kindOf.get(one.kind), shared), one.counter || '–',
    bytes(one.bytes), bytes(one.resident), grouped(one.count), bytes(one.largest), share(one.bytes, total)], 2));
  const sums = row(['TOTAL', '', bytes(total), bytes(resident), '', '', ''], 2);
  sums.className = 'total';
  const unknown = rows.filter((one) => one.kind === 'unknown').reduce((all, one) => all + one.bytes, 0);
  const left = row(['left over: unknown', '', bytes(unknown), '', '', '', ''], 2);
  left.className = unknown === 0 ? 'good' : 'bad';
  return el('table', {}, row(['kind', 'counter', 'virtual', 'resident', 'count', 'largest', 'share'], 2, 'th'),
    ...lines, sums, left);
}

function twoTargets(model, shared) {
  const [a, b] = model.targets;
  const change = (one, other, show) => (one === null || other === null ? '–' : show(other - one));
  const more = (count) => `${count > 0 ? '+' : ''}${grouped(count)}`;
  const rows = model.kinds.map((kind, i) => ({i, kind, was: rowOf(a, kind), is: rowOf(b, kind)}))
    .filter(({was, is}) => was.count + is.count + was.bytes + is.bytes > 0)
    .sort((x, y) => Math.abs(y.is.bytes - y.was.bytes) - Math.abs(x.is.bytes - x.was.bytes));
  const total = (target) => target.summary.rows.reduce((all, one) => all + one.bytes, 0);
  const lines = rows.map(({i, kind, was, is}) => row([kindCell(model, i, shared), kind.counter || '–',
    bytes(was.bytes), bytes(is.bytes), change(was.bytes, is.bytes, signed), change(was.resident, is.resident, signed),
    grouped(was.count), grouped(is.count), change(was.count, is.count, more)], 2));
  const sums = row(['TOTAL', '', bytes(total(a)), bytes(total(b)), signed(total(b) - total(a)), '', '', '', ''], 2);
  sums.className = 'total';
  const heads = ['kind', 'counter', 'A virtual', 'B virtual', 'difference', 'resident', 'A count', 'B count', 'difference'];
  return el('table', {}, row(heads, 2, 'th'), ...lines, sums);
}

function drawKinds(model, shared) {
  const table = model.targets.length > 1 ? twoTargets(model, shared) : oneTarget(model, model.targets[0], shared);
  byId('kinds').replaceChildren(table);
}

function drawLegend(model) {
  const used = new Set(model.targets.flatMap((target) =>
    target.summary.rows.filter((one) => one.bytes > 0).map((one) => model.family(model.kindOf.get(one.kind)))));
  byId('legend').replaceChildren(...model.families.flatMap((family, i) => (used.has(i) ?
    [el('span', {}, el('span', {class: 'swatch', style: `background:var(--family-${i})`}), family.shown)] : [])));
}
