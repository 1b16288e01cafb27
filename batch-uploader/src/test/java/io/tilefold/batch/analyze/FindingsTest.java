package io.tilefold.batch.analyze;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.batch.analyze.Finding.Verdict;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FindingsTest {
    private final Findings findings = new Findings();

    @Test
    void aLongListIsBrokenBehindItsCommas() throws IOException {
        String features = "270 features: "
                + IntStream.range(0, 270)
                        .mapToObj(i -> "feature_" + i + " long")
                        .collect(Collectors.joining(", "));
        findings.add(Verdict.WARNING, "Join trips", "partitions", "2001-02-03 is missing, 2001-02-04 too");
        findings.add(Verdict.OK, "Join trips", "schema", features);
        String printed = printed();
        assertThat(printed.lines().limit(3))
                .satisfiesExactly(
                        subject -> assertThat(subject).isEqualTo("Join trips"),
                        first -> assertThat(first)
                                .isEqualTo("  WARNING  partitions  2001-02-03 is missing, 2001-02-04 too"),
                        second -> assertThat(second)
                                .startsWith("  OK       schema      270 features: feature_0 long, feature_1 long, ")
                                .endsWith(","));
        assertThat(printed.lines()).allSatisfy(line -> assertThat(line.length()).isLessThan(170));
        assertThat(printed.replaceAll("\\s+", " ")).contains(features);
        assertThat(findings.json()).contains(features);
    }

    private String printed() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        findings.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
