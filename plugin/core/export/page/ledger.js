// The runtime's counters beside what was found, each with its remainder, as reconcile has them.

function remainder(count) {
  if (count === null) return el('span', {class: 'quiet'}, '–');
  const text = `${count > 0 ? '+' : ''}${grouped(count)}`;
  return el('span', {class: count === 0 ? 'good' : 'bad'}, text);
}

function termName(model, term) {
  const kind = model.byShown.get(term.name);
  return el('span', kind === undefined ? {} : {'data-kind': kind, class: 'term'}, term.name);
}

function terms(model, list, reason) {
  if (list.length === 0 && !reason) return '';
  const lines = list.map((term) => row([termName(model, term), grouped(term.bytes),
    term.placed === false ? 'place not known' : ''], 1));
  if (reason) lines.push(el('tr', {}, el('td', {colspan: 3, class: 'quiet'}, reason)));
  return el('details', {}, el('summary', {}, list.length === 1 ? '1 term' : `${list.length} terms`),
    el('table', {}, ...lines));
}

function ledgerTable(heads, lines) {
  return el('div', {class: 'wide'}, el('table', {}, row(heads, 1, 'th'), ...lines));
}

function ledgerOf(model, target) {
  const {memstats, classes, equations} = target.reconcile;
  const open = [...memstats, ...classes, ...equations].filter((line) => line.residual).length;
  const fields = memstats.map((line) => row([line.field, grouped(line.counter), grouped(line.found),
    remainder(line.residual), terms(model, line.terms, line.reason)], 1));
  const metrics = classes.map((line) => row([line.name, grouped(line.counter), grouped(line.found),
    remainder(line.residual)], 1));
  const sums = equations.map((line) => row([line.name, grouped(line.total), remainder(line.residual),
    terms(model, line.terms, '')], 1));
  return el('div', {class: 'target'},
    model.targets.length > 1 ? el('h3', {}, target.label) : null,
    el('p', {class: open === 0 ? 'good' : 'bad'},
      open === 0 ? 'all remainders are 0' : `${open} remainders are not 0`),
    el('h3', {}, 'Equations'), ledgerTable(['', 'total', 'remainder', ''], sums),
    el('h3', {}, 'MemStats'), ledgerTable(['field', 'counted', 'found', 'remainder', ''], fields),
    metrics.length > 0 ? el('h3', {}, 'Memory classes') : null,
    metrics.length > 0 ? ledgerTable(['metric', 'counted', 'found', 'remainder'], metrics) : null);
}

function drawLedger(model) {
  byId('ledger').replaceChildren(...model.targets.map((target) => ledgerOf(model, target)));
}
