// How long the head parser, path and writer take. Not built by default:
//   g++ -std=c++23 -O2 -Isrc bench/micro/http_head.cpp src/http/*.cpp
//   src/base/{arena,text,result}.cpp
//       -lfmt -lbenchmark -lpthread -o /tmp/http_head
#include "http/conditional.h"
#include "http/framing.h"
#include "http/head.h"
#include "http/uri.h"
#include "http/writer.h"

#include <benchmark/benchmark.h>
#include <string>

using namespace signet;
using namespace signet::http;

namespace {

std::string browser_head()
{
    return "GET /articles/2026/index.html?page=2 HTTP/1.1\r\n"
           "Host: www.example.com\r\n"
           "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
           "Chrome/131.0.0.0 Safari/537.36\r\n"
           "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
           "Accept-Encoding: gzip, deflate, br, zstd\r\n"
           "Accept-Language: en-GB,en;q=0.9\r\n"
           "Connection: keep-alive\r\n"
           "Referer: https://www.example.com/articles/\r\n"
           "Sec-Fetch-Mode: navigate\r\n"
           "Sec-Fetch-Site: same-origin\r\n"
           "Upgrade-Insecure-Requests: 1\r\n\r\n";
}

void parse_browser_head(benchmark::State& state)
{
    std::string bytes = browser_head();
    RequestHead head;
    Refusal refusal;
    for (auto _ : state) {
        benchmark::DoNotOptimize(parse_request_head(std::span(bytes), {}, head, refusal));
    }
}
BENCHMARK(parse_browser_head);

void frame_and_weigh(benchmark::State& state)
{
    std::string bytes = browser_head();
    RequestHead head;
    Refusal refusal;
    (void)parse_request_head(std::span(bytes), {}, head, refusal);
    for (auto _ : state) {
        benchmark::DoNotOptimize(request_framing(head));
        benchmark::DoNotOptimize(evaluate_conditions(head.headers, true, {.modified = 1}, 2));
    }
}
BENCHMARK(frame_and_weigh);

void take_target_apart(benchmark::State& state)
{
    Arena arena;
    const std::string text = "/articles/2026/index.html?page=2";
    for (auto _ : state) {
        const auto target = parse_target(text, false);
        benchmark::DoNotOptimize(normalize_path(target->path, EncodedSlashes::refuse, true, arena));
    }
}
BENCHMARK(take_target_apart);

void write_response_head(benchmark::State& state)
{
    std::string out;
    const auto date = date_text(784111777);
    for (auto _ : state) {
        out.clear();
        write_head(out)
            .status(200)
            .field("Date", date.view())
            .field("Server", "signet")
            .field("Last-Modified", date.view())
            .field("ETag", "\"400-5e1\"")
            .field("Accept-Ranges", "bytes")
            .field("Content-Length", 1024)
            .field("Content-Type", "text/html")
            .end();
        benchmark::DoNotOptimize(out.data());
    }
}
BENCHMARK(write_response_head);

} // namespace

BENCHMARK_MAIN();
