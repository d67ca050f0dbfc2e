/** A node of a syntax tree (ESTree), with where it stands in the text. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Arithmetic a float could come out of, or an integer beyond 2^53. */
export interface Suspect {
  readonly text: string;
  /** Everything in it is a BigInt, for the text alone shows: one of its operands is one, and JavaScript mixes no two. */
  readonly isBigInt: boolean;
}

/** Parts that hold a word of money, by the names style.md §3 asks for. */
const moneyWord =
  /minor|price|amount|total|discount|shipping|refund|gross|taxBp|\btax\b|\bnet\b|captured|authorized/i;

export const namesMoney = (text: string): boolean => moneyWord.test(text);

/**
 * Divisions, powers, fractions, rounding and text made of numbers, wherever they stand; and products that name money.
 * `text` is the source of the tree.
 */
export function suspectsIn(tree: SyntaxNode, text: string): readonly Suspect[] {
  const suspects: Suspect[] = [];
  const walk = (node: SyntaxNode, isOperand: boolean): void => {
    const source = text.slice(node.start, node.end).replaceAll(/\s+/g, ' ');
    const isBigInt = isOperand || showsBigInt(node);
    if (isSuspect(node, source)) suspects.push({ text: source, isBigInt });
    // operands of a BigInt are BigInt too; what a call is given is anything
    const carries = isBigInt && operandsOf.has(node.type);
    for (const part of partsOf(node)) walk(part, carries);
  };
  walk(tree, false);
  return suspects;
}

const roundings = /^(Math\.(round|floor|ceil|trunc|fround)|(Number\.)?parseFloat)$/;
/** ±1 or 0 times an integer is that integer. */
const signs = /^Math\.sign\(/;
const formats = new Set(['toFixed', 'toPrecision', 'toExponential']);

function isSuspect(node: SyntaxNode, source: string): boolean {
  switch (node.type) {
    case 'BinaryExpression':
    case 'AssignmentExpression': {
      const operator = String(partOf(node, 'operator')).replace(/=$/, '');
      if (operator === '*') return namesMoney(source) && !signs.test(source);
      return operator === '/' || operator === '**';
    }
    case 'CallExpression': {
      const callee = partOf(node, 'callee') as SyntaxNode;
      if (callee.type !== 'MemberExpression' && callee.type !== 'Identifier') return false;
      return roundings.test(source.slice(0, callee.end - node.start)) || formats.has(propertyOf(callee));
    }
    case 'Literal': {
      const value = partOf(node, 'value');
      return typeof value === 'number' && !Number.isInteger(value);
    }
    default:
      return false;
  }
}

/** An operand is a BigInt literal, `BigInt(…)`, or arithmetic of such: the other must be one too, or it throws. */
function showsBigInt(node: SyntaxNode): boolean {
  switch (node.type) {
    case 'Literal':
      return typeof partOf(node, 'value') === 'bigint' || partOf(node, 'bigint') !== undefined;
    case 'CallExpression':
      return nameOf(partOf(node, 'callee')) === 'BigInt';
    case 'ParenthesizedExpression':
      return showsBigInt(partOf(node, 'expression') as SyntaxNode);
    case 'UnaryExpression':
      return showsBigInt(partOf(node, 'argument') as SyntaxNode);
    case 'ConditionalExpression':
      return (['consequent', 'alternate'] as const).every((side) =>
        showsBigInt(partOf(node, side) as SyntaxNode),
      );
    case 'BinaryExpression':
    case 'AssignmentExpression':
      return (['left', 'right'] as const).some((side) => showsBigInt(partOf(node, side) as SyntaxNode));
    default:
      return false;
  }
}

const partOf = (node: SyntaxNode, name: string): unknown =>
  (node as unknown as Record<string, unknown>)[name];

const nameOf = (node: unknown): string =>
  isNode(node) && node.type === 'Identifier' ? String(partOf(node, 'name')) : '';

const propertyOf = (node: SyntaxNode): string => nameOf(partOf(node, 'property'));

const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

const operandsOf = new Set(['BinaryExpression', 'ParenthesizedExpression', 'UnaryExpression']);

function partsOf(node: SyntaxNode): readonly SyntaxNode[] {
  return (Object.values(node) as unknown[]).flat().filter(isNode);
}
