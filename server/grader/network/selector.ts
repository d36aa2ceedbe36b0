/**
 * Label selectors, by the API reference of LabelSelector (meta/v1):
 * - matchLabels and matchExpressions are ANDed, and so are the entries of each;
 * - an empty selector matches everything;
 * - `In`: the label is there with one of the values. `NotIn`: it isn't there, or has none of the values.
 *   `Exists`, `DoesNotExist`: the key is there, or isn't. (NotIn and an absent key: "Labels and Selectors", set-based.)
 */
import type { V1LabelSelector } from '@kubernetes/client-node';

export type Labels = Readonly<Record<string, string>>;

/** One condition on the labels; its operator is the API's, or `=` for an entry of matchLabels. */
export interface Requirement {
  key: string;
  operator: string;
  values: readonly string[];
}

/** All requirements must hold; none means that everything matches. */
export type Selector = readonly Requirement[];

export function compileSelector(selector: V1LabelSelector): Selector {
  return [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] })),
    ...(selector.matchExpressions ?? []).map(({ key, operator, values }) => ({ key, operator, values: values ?? [] })),
  ];
}

export function selects(selector: Selector, labels: Labels): boolean {
  for (const requirement of selector) if (!holds(requirement, labels)) return false;
  return true;
}

/** The first requirement that the labels don't meet. */
export function firstUnmet(selector: Selector, labels: Labels): Requirement | undefined {
  return selector.find((requirement) => !holds(requirement, labels));
}

/** @returns false for an operator that the API doesn't know: what can't be understood must not open anything. */
export function holds({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** As `kubectl` writes it: `app=web,tier in (a, b),!debug`; `<all>` for an empty one. */
export function formatSelector(selector: Selector): string {
  return selector.map(formatRequirement).join(',') || '<all>';
}

export function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case '=':
      return `${key}=${values[0] ?? ''}`;
    case 'In':
      return `${key} in (${values.join(', ')})`;
    case 'NotIn':
      return `${key} notin (${values.join(', ')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return `${key} ${operator} (${values.join(', ')})`;
  }
}
