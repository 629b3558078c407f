// Numbers and names as people read them, and elements.

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

function bytes(count) {
  if (count === null || count === undefined) return '–';
  let unit = 0;
  let value = Math.abs(count);
  while (value >= 1024 && unit < UNITS.length - 1) { value /= 1024; ++unit; }
  return `${count < 0 ? '−' : ''}${unit === 0 ? value : value.toFixed(2)} ${UNITS[unit]}`;
}

function signed(count) { return count > 0 ? `+${bytes(count)}` : bytes(count); }
function grouped(count) { return count === null ? '–' : count.toLocaleString('en-US'); }
function hex(address) { return address.toString(16); }
function span(begin, end) { return `${hex(begin)}-${hex(end)}`; }

function share(part, whole) {
  if (whole === 0 || part === 0) return '';
  const percent = 100 * part / whole;
  return percent < 0.1 ? '< 0.1 %' : `${percent.toFixed(1)} %`;
}

// el('td', {class: 'number'}, 'text', otherElement)
function el(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function byId(id) { return document.getElementById(id); }
function colour(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

function row(cells, numberFrom, tag = 'td') {
  return el('tr', {}, ...cells.map((cell, i) => el(tag, i >= numberFrom ? {class: 'number'} : {}, cell)));
}
