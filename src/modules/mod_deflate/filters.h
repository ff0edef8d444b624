// The output filters of mod_deflate: DEFLATE writes gzip (RFC 1952), INFLATE reads it.
#pragma once
#include "modules/mod_deflate/config.h"

#include <memory>

namespace signet::mod_deflate {

[[nodiscard]] std::unique_ptr<server::BodyFilter> make_deflate(const Config& config);
[[nodiscard]] std::unique_ptr<server::BodyFilter> make_inflate(const Config& config);

} // namespace signet::mod_deflate
