#include "process/run.h"

int main(int count, char** words)
{
    return signet::process::run({words, static_cast<size_t>(count)});
}
