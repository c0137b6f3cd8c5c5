// Overload{f, g, …}: one callable out of several, for std::visit over a variant, one lambda per
// kind.
#pragma once

namespace muster {

template <class... Fs>
struct Overload : Fs... {
  using Fs::operator()...;
};
template <class... Fs>
Overload(Fs...) -> Overload<Fs...>;

}  // namespace muster
