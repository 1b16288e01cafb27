package io.tilefold.benchmarks.algebra;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.algebra.Operation;
import io.tilefold.core.algebra.Operations;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Param;

/** Every operation has its benchmark, and each of them runs. */
class OperationBenchmarkTest {
    static List<String> parameters() throws NoSuchFieldException {
        return Arrays.asList(OperationBenchmark.class
                .getField("operation")
                .getAnnotation(Param.class)
                .value());
    }

    @Test
    void everyOperationIsMeasured() throws NoSuchFieldException {
        assertThat(parameters().stream().map(parameter -> parameter.split(":", 2)[0]))
                .containsAll(Operations.all().stream().map(Operation::name).toList());
    }

    @ParameterizedTest
    @MethodSource("parameters")
    void eachRuns(String parameter) {
        OperationBenchmark benchmark = new OperationBenchmark();
        benchmark.operation = parameter;
        benchmark.fill();
        benchmark.update();
        benchmark.updateFloor();
        benchmark.merge();
        benchmark.mergeFloor();
        benchmark.finish();
        benchmark.finishFloor();
    }
}
