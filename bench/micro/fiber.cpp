// What a fiber costs: start and finish on a pooled stack, and one switch. Build and run:
//   g++ -std=c++23 -O2 -Isrc bench/micro/fiber.cpp src/net/{fiber,loop}.cpp src/base/*.cpp
//       -lboost_context -lbenchmark -lpthread -o /tmp/fiber-bench && /tmp/fiber-bench
#include "net/fiber.h"

#include <benchmark/benchmark.h>

namespace {

using signet::net::Fiber;
using signet::net::FiberPool;

void start_and_finish(benchmark::State& state)
{
    FiberPool pool;
    int count = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(
            pool.start([](void* what) { ++*static_cast<int*>(what); }, &count));
}
BENCHMARK(start_and_finish);

// There and back: two switches.
void wake_and_suspend(benchmark::State& state)
{
    FiberPool pool;
    Fiber* const fiber = pool.start(
                                 [](void*) {
                                     while (Fiber::current()->suspend()) {
                                     }
                                 },
                                 nullptr)
                             .value();
    for (auto _ : state) fiber->wake();
    fiber->cancel();
}
BENCHMARK(wake_and_suspend);

} // namespace

BENCHMARK_MAIN();
