/** Prints a measured value and its limit. */
export interface Figure {
  readonly what: string;
  readonly measured: string;
  readonly budget: string;
  readonly withinBudget: boolean;
}

export function print(figures: readonly Figure[]): void {
  const width = (pick: (figure: Figure) => string, title: string) => Math.max(title.length, ...figures.map(figure => pick(figure).length));
  const widths = [width(figure => figure.what, 'what'), width(figure => figure.measured, 'measured'), width(figure => figure.budget, 'budget')];
  const line = (...cells: string[]) => console.log(cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join('  '));
  line('what', 'measured', 'budget', 'within budget');
  line(...widths.map(size => '-'.repeat(size)));
  for (const { what, measured, budget, withinBudget } of figures) {
    line(what, measured, budget, withinBudget ? 'yes' : 'NO');
  }
}
