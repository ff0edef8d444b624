#include "pki/subject.h"

#include "base/text.h"
#include "pki/names.h"

#include <algorithm>

namespace signet::pki {
namespace {

[[nodiscard]] std::unexpected<Error> refuse(std::string_view name, const std::string& why)
{
    return fail(Error::Kind::malformed, "\"" + visible(name) + "\" " + why);
}

Result<void> check_dns_name(std::string_view whole)
{
    std::string_view name = whole;
    if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
        return refuse(whole, "is an international name: give the form that DNS knows, which begins "
                             "with xn-- (idn2(1) prints it)");
    }
    if (name.size() > 253) return refuse(whole, "is longer than a name in DNS may be");
    const bool wildcard = name.starts_with("*.");
    if (wildcard) name.remove_prefix(2);
    if (name.find('*') != name.npos) {
        return refuse(whole, "has a * that is not its whole first label: clients refuse it");
    }
    const auto labels = split(name, '.');
    if (wildcard && labels.size() < 2) {
        return refuse(whole, "would stand for a whole top-level domain: clients refuse it");
    }
    for (const auto label : labels) {
        const bool right = !label.empty() && label.size() <= 63 && label.front() != '-'
                           && label.back() != '-' && std::ranges::all_of(label, [](char c) {
                                  return is_alnum(c) || c == '-' || c == '_';
                              });
        if (!right) return refuse(whole, "is no host name");
    }
    return name.empty() ? refuse(whole, "is no host name") : Result<void>();
}

using GeneralNamePtr = std::unique_ptr<GENERAL_NAME, Deleter<GENERAL_NAME_free>>;

GeneralNamePtr make_text_name(int type, std::string_view text)
{
    GeneralNamePtr name(GENERAL_NAME_new());
    ASN1_IA5STRING* string = ASN1_IA5STRING_new();
    if (!name || !string
        || ASN1_STRING_set(string, text.data(), static_cast<int>(text.size())) != 1) {
        ASN1_IA5STRING_free(string);
        return nullptr;
    }
    GENERAL_NAME_set0_value(name.get(), type, string);
    return name;
}

GeneralNamePtr make_name(std::string_view text)
{
    if (is_ip_address(text)) {
        if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
        GeneralNamePtr name(GENERAL_NAME_new());
        ASN1_OCTET_STRING* address = a2i_IPADDRESS(std::string(text).c_str());
        if (!name || !address) return nullptr;
        GENERAL_NAME_set0_value(name.get(), GEN_IPADD, address);
        return name;
    }
    if (text.find("://") != text.npos) return make_text_name(GEN_URI, text);
    if (text.find('@') != text.npos) return make_text_name(GEN_EMAIL, text);
    return make_text_name(GEN_DNS, lowercase(text));
}

} // namespace

Result<void> check_name(std::string_view name)
{
    if (is_ip_address(name)) return {};
    const bool plain = std::ranges::all_of(name, [](char c) { return c > 0x20 && c < 0x7f; });
    if (name.find("://") != name.npos || name.find('@') != name.npos)
        return plain ? Result<void>()
                     : refuse(name, "has a character that such a name may not have");
    return check_dns_name(name);
}

Result<GeneralNamesPtr> alternative_names(const std::vector<std::string>& names)
{
    GeneralNamesPtr made(GENERAL_NAMES_new());
    std::vector<std::string> seen;
    for (const auto& name : names) {
        if (auto right = check_name(name); !right) return std::unexpected(right.error());
        if (std::ranges::find(seen, lowercase(name)) != seen.end()) continue;
        seen.push_back(lowercase(name));
        GeneralNamePtr one = make_name(name);
        if (!one || !made || sk_GENERAL_NAME_push(made.get(), one.get()) <= 0)
            return fail_openssl("name");
        (void)one.release(); // the stack's now
    }
    return made;
}

Result<NamePtr> parse_subject(std::string_view text)
{
    NamePtr name(X509_NAME_new());
    const char separator = text.starts_with('/') ? '/' : ',';
    for (const auto part : split(text, separator)) {
        if (part.empty()) continue;
        const size_t equals = part.find('=');
        if (equals == part.npos || equals == 0 || equals + 1 == part.size()) {
            return fail(Error::Kind::malformed,
                        "\"" + visible(part)
                            + "\" is no part of a subject: it looks like /C=DE/O=Example/CN=NAME");
        }
        const std::string key(trim(part.substr(0, equals)));
        const std::string value(trim(part.substr(equals + 1)));
        if (!name
            || X509_NAME_add_entry_by_txt(name.get(), key.c_str(), MBSTRING_UTF8,
                                          reinterpret_cast<const unsigned char*>(value.data()),
                                          static_cast<int>(value.size()), -1, 0)
                   != 1) {
            const std::string reasons = drain_errors();
            return fail(Error::Kind::malformed,
                        "the subject's part \"" + visible(part) + "\" cannot be: " + reasons);
        }
    }
    return name;
}

} // namespace signet::pki
