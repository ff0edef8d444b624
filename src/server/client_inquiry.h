// SSLOCSPEnable: a handshake waits while a helper thread asks a responder about the client's
// certificate; the loop never does.
#pragma once
#include "base/result.h"
#include "net/fiber.h"
#include "net/loop.h"
#include "tls/responders.h"

#include <string>

namespace signet::server {

class Worker;

// One question. Owned by the connection whose handshake waits; destroying it takes it back.
class ClientInquiry {
public:
    // `answered(owner)` runs once, on the loop's stack, never within start(), at the latest when
    // the inquiry's timeout is over.
    ClientInquiry(Worker& worker, tls::Inquiry inquiry, void (*answered)(void*), void* owner);
    ~ClientInquiry();
    ClientInquiry(const ClientInquiry&) = delete;
    ClientInquiry& operator=(const ClientInquiry&) = delete;

    void start();
    // Once answered.
    [[nodiscard]] Result<std::string> take() { return std::move(response_); }

private:
    void run();
    void finish();

    Worker& worker_;
    tls::Inquiry inquiry_;
    void (*answered_)(void*);
    void* owner_;
    Result<std::string> response_;
    net::Fiber* fiber_ = nullptr;
    net::Timeout timeout_;
};

} // namespace signet::server
