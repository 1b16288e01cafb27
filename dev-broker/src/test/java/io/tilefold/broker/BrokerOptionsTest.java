package io.tilefold.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BrokerOptionsTest {
    @Test
    void defaults() {
        assertThat(BrokerOptions.parse("--data", "d"))
                .isEqualTo(new BrokerOptions(Path.of("d"), "127.0.0.1", 9092, Optional.empty(), List.of()));
    }

    @Test
    void everythingGiven() {
        assertThat(BrokerOptions.parse(
                        "--data", "d", "--host", "::1", "--port", "0", "--cluster-id", "c", "--property", "a.b=c=d"))
                .isEqualTo(new BrokerOptions(Path.of("d"), "::1", 0, Optional.of("c"), List.of("a.b=c=d")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--port 1 | --data DIR is missing",
                "--data d --port 65536 | --port 65536: must be from 0 to 65535",
                "--data d --port x | --port x: must be a number",
                "--data d --port | --port needs a value",
                "--data d --prot 1 | unknown option --prot",
                "--data d --property =x | --property =x: must be NAME=VALUE",
            })
    void refusedWithUsageError(String line, String message) {
        assertThatThrownBy(() -> BrokerOptions.parse(line.split(" ")))
                .isInstanceOfSatisfying(
                        BrokerException.class, e -> assertThat(e.exitCode).isEqualTo(BrokerException.EXIT_USAGE))
                .hasMessageStartingWith(message);
    }
}
