// RequestValues: the fields of a request as Boost.JSON reads them, compared with the command that
// the decoder made of them.
#pragma once

#include "fuzz/slow_json.h"
#include "protocol/decoder.h"

namespace muster::fuzz {

// `fields`: the object whose fields count. False: Boost.JSON does not take it, although
// it is JSON: it refuses surrogates without their partner, and exponents beyond its own range.
// Ends the process when a value differs. Intended differences:
//   * Boost.JSON makes binary fractions of numbers with a point or exponent: compared to 1 in 10^9;
//   * texts of an error over their limit are cut by the decoder: the beginning is compared.
bool compare_values(const SlowJson& fields, const protocol::Request& request);

}  // namespace muster::fuzz
