// One negotiation: from what the client says to the variant it gets, and what it is told.
#pragma once
#include "modules/mod_negotiation/multiviews.h"
#include "modules/mod_negotiation/selection.h"
#include "modules/mod_negotiation/type_map.h"
#include "server/phases.h"
#include "server/response.h"

#include <string>

namespace signet::mod_negotiation {

// For one request, on its fiber.
class Negotiation {
public:
    Negotiation(const Config& config, server::Request& request, server::Response& response);

    Variants variants;

    // The entity tag of the list of variants: it becomes a part of the answer's.
    void set_list_tag(const std::string& tag);
    // Chooses, and sets the response's fields. A status: 300, 406, or why the best cannot be had.
    [[nodiscard]] server::Outcome run(bool prefers_scripts);
    [[nodiscard]] Variant* best() const { return best_; }

private:
    void decide_transparency();
    void read_negotiate();
    void accept_scripts(bool prefers_scripts);
    void read_environment();
    void describe(bool is_list);
    [[nodiscard]] server::Outcome offer_list();
    [[nodiscard]] server::Outcome check_choice();

    const Config& config_;
    server::Request& request_;
    server::Response& response_;
    Client client_;
    bool is_transparent_ = false;
    bool tells_alternates_ = false;
    Variant* best_ = nullptr;
};

} // namespace signet::mod_negotiation
