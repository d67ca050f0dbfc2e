#!/bin/sh
# Another quantity under the key of place.sh: 422 idempotency-key-reused, the first order stands. usage: conflict.sh <cart>
# Without --fail-with-body: a problem document is what this shows.
set -eu
cart=${1:?the cart of place.sh}
curl -sS --retry 5 -i "${API:?where the API is}/v1/orders" --oauth2-bearer "${KEY:?an API key}" \
  -H "Idempotency-Key: $cart" \
  --json '{"customerId":"c-17850","currency":"GBP","lines":[{"sku":"85123A","quantity":7}],"paymentToken":"tok_ok"}'
