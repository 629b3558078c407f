// The glossary, wherever a kind is named: elements with data-kind, by pointer and by keyboard.

function describeKind(model, kind) {
  const {shown, counter, vma_name: vma, meaning} = model.kinds[kind];
  const facts = [counter === null ? 'in no counter' : `charged to ${counter}`];
  if (vma) facts.push(`VMA name "${vma}"`);
  return [el('b', {}, shown), el('div', {}, meaning), el('div', {class: 'quiet'}, facts.join(' · '))];
}

class Tooltip {
  constructor(model) {
    this.model = model;
    this.box = byId('tip');
    for (const event of ['pointerover', 'focusin']) document.addEventListener(event, (e) => this.over(e));
    for (const event of ['pointerout', 'focusout']) document.addEventListener(event, () => this.hide());
  }

  over(event) {
    const element = event.target.closest?.('[data-kind], [data-tip]');
    if (!element) return;
    const lines = element.dataset.tip ? element.dataset.tip.split('\n').map((line) => el('div', {}, line)) : [];
    const about = element.dataset.kind ? describeKind(this.model, Number(element.dataset.kind)) : [];
    const at = element.getBoundingClientRect();
    this.show([...lines, ...about], event.clientX ?? at.left, (event.clientY ?? at.top) + 16);
  }

  show(content, x, y) {
    this.box.replaceChildren(...content);
    this.box.hidden = false;
    const {width, height} = this.box.getBoundingClientRect();
    this.box.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
    this.box.style.top = `${y + height + 8 > innerHeight ? Math.max(8, y - height - 32) : y}px`;
  }

  hide() { this.box.hidden = true; }
}
