package io.tilefold.benchmarks.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredTileBenchmarkTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "approx_unique_count:long",
                "approx_percentile:double",
                "approx_histogram_k:string",
                "histogram:string"
            })
    void eachRuns(String operation) {
        StoredTileBenchmark benchmark = new StoredTileBenchmark();
        benchmark.operation = operation;
        benchmark.fill();
        assertThat(benchmark.copyFloor()).isPositive();
        assertThat(benchmark.update()).isPositive();
        assertThat(benchmark.merge()).isPositive();
    }
}
