import { InvalidArgumentError } from 'commander';

/** Reads a flag's whole number within bounds, both included. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d{1,10}$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`wanted a whole number from ${least} to ${most}.`);
  };
