import type { PlaceOrderRequest } from '../../client/millrace-client.ts';
import { formText } from './form-text.ts';

export type Address = NonNullable<PlaceOrderRequest['shipTo']>;

/** Somebody who lives nowhere, so that a visitor is a customer in a minute. */
const example: Address = {
  name: 'Ada Buyer',
  line1: '1 Mill Lane',
  city: 'Leeds',
  postalCode: 'LS1 4AB',
  country: 'GB',
};

const fields = [
  { name: 'name', label: 'Name', most: 128, autocomplete: 'name' },
  { name: 'line1', label: 'Street and number', most: 128, autocomplete: 'address-line1' },
  { name: 'city', label: 'Town', most: 128, autocomplete: 'address-level2' },
  { name: 'postalCode', label: 'Postcode', most: 16, autocomplete: 'postal-code' },
] as const;

const countries = [
  'AT',
  'BE',
  'CH',
  'DE',
  'DK',
  'ES',
  'FR',
  'GB',
  'IE',
  'IT',
  'NL',
  'PL',
  'SE',
  'US',
] as const;
const countryNames = new Intl.DisplayNames(undefined, { type: 'region' });

/** Where it goes. The API encrypts it before it reaches the log. */
export const AddressFields = () => (
  <fieldset>
    <legend>Deliver to</legend>
    <p class="note">An invented address will do; it is encrypted before it is stored.</p>
    {fields.map(({ name, label, most, autocomplete }) => (
      <p class="field" key={name}>
        <label for={name}>{label}</label>
        <input
          id={name}
          name={name}
          required
          maxLength={most}
          autocomplete={autocomplete}
          defaultValue={example[name]}
        />
      </p>
    ))}
    <p class="field">
      <label for="country">Country</label>
      <select id="country" name="country" autocomplete="country" defaultValue={example.country}>
        {countries.map((code) => (
          <option key={code} value={code} selected={code === example.country}>
            {countryNames.of(code)}
          </option>
        ))}
      </select>
    </p>
  </fieldset>
);

/** The address of a form that has the fields. */
export function addressOf(form: FormData): Address {
  const text = (name: string): string => formText(form, name);
  return {
    name: text('name'),
    line1: text('line1'),
    city: text('city'),
    postalCode: text('postalCode'),
    country: text('country'),
  };
}
