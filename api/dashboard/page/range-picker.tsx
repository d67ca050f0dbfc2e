import { ranges, rangeOf } from './ranges.ts';
import { address, go, withParameters } from './router.ts';

/** Chooses how far back the figures reach; the choice stands in the address. */
export const RangePicker = () => (
  <form class="range" onSubmit={(event) => event.preventDefault()}>
    <label for="range">Time range</label>
    <select
      id="range"
      name="range"
      value={rangeOf(address.value.query).name}
      onChange={(event) => go(withParameters({ range: event.currentTarget.value }))}
    >
      {ranges.map(({ name, option }) => (
        <option key={name} value={name}>
          {option}
        </option>
      ))}
    </select>
  </form>
);
