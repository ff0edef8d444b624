// OpenSSL's objects as unique_ptrs, and its error queue as one line of text.
#pragma once
#include "base/result.h"

#include <memory>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string>
#include <string_view>

namespace signet::pki {

template <auto Free> struct Deleter {
    template <class T> void operator()(T* object) const { Free(object); }
};

using X509Ptr = std::unique_ptr<X509, Deleter<X509_free>>;
using EvpKeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, Deleter<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Deleter<SSL_free>>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, Deleter<SSL_SESSION_free>>;

// Empties this thread's error queue: the reasons, first one first, joined by "; ". Whoever sees an
// OpenSSL call fail calls this, so that the queue is empty before the next call.
[[nodiscard]] std::string drain_errors();
// Empties the queue when the reasons do not matter.
void forget_errors();
// An error "what: reasons".
[[nodiscard]] std::unexpected<Error> fail_openssl(std::string_view what);

} // namespace signet::pki
