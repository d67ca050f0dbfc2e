#!/bin/sh
# Sends the order of place.sh again, as after a lost answer. usage: repeat.sh <cart>
# The same 202 and id, with Idempotent-Replayed: true. There is still one order.
set -eu
cart=${1:?the cart of place.sh}
curl -sS --retry 5 --fail-with-body -i "${API:?where the API is}/v1/orders" --oauth2-bearer "${KEY:?an API key}" \
  -H "Idempotency-Key: $cart" \
  --json '{"customerId":"c-17850","currency":"GBP","lines":[{"sku":"85123A","quantity":6}],"paymentToken":"tok_ok"}'
