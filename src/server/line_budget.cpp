#include "server/line_budget.h"

#include "diagnosis/catalogue.h"

namespace signet::server {

std::string LineBudget::take_summary(Monotonic::time_point now)
{
    std::string text;
    if (used_ <= lines_per_period || now - begun_ < period) return text;
    for (size_t i = 0; i < left_out_.size(); ++i) {
        if (left_out_[i] == 0) continue;
        if (!text.empty()) text += ", ";
        text +=
            diagnosis::name(first_id + static_cast<int>(i)) + ": " + std::to_string(left_out_[i]);
        left_out_[i] = 0;
    }
    return text;
}

} // namespace signet::server
