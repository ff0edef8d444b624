#include "tls/verification_notes.h"

#include "pki/objects.h"

namespace signet::tls {
namespace {

std::string name_text(const X509_NAME* name)
{
    return pki::printed(
        [&](BIO* bio) { return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0; });
}

std::string time_text(const ASN1_TIME* time)
{
    return pki::printed([&](BIO* bio) { return ASN1_TIME_print(bio, time) == 1; });
}

} // namespace

std::string portrait(const X509* x509)
{
    if (!x509) return {};
    const auto serial = pki::printed(
        [&](BIO* bio) { return i2a_ASN1_INTEGER(bio, X509_get0_serialNumber(x509)) > 0; });
    return " [subject: " + name_text(X509_get_subject_name(x509))
           + " / issuer: " + name_text(X509_get_issuer_name(x509)) + " / serial: " + serial
           + " / notbefore: " + time_text(X509_get0_notBefore(x509))
           + " / notafter: " + time_text(X509_get0_notAfter(x509)) + "]";
}

void note(Stream::Core& core, diagnosis::Severity severity, std::string_view apache_id,
          std::string text, std::string about, int id)
{
    constexpr size_t most = 64; // a chain has 10 certificates, as a rule fewer
    if (core.notes.size() < most)
        core.notes.push_back({severity, apache_id, std::move(text), std::move(about), id});
}

} // namespace signet::tls
