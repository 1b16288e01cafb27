package io.tilefold.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.compiler.reader.DefinitionFiles;
import io.tilefold.compiler.yaml.Problems;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class CompilerReportTest {
    private static String resource(String name) throws IOException {
        try (InputStream in = CompilerReportTest.class.getResourceAsStream(name)) {
            return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Ids change with every setting of the SQL configuration: they are pinned in the catalog's tests, not here. */
    private static String report(String yaml) {
        String text = CompilerReport.of(DefinitionCompiler.compile(
                DefinitionFiles.parse("flights.yaml", yaml, new Problems()), Warehouse.SCHEMAS));
        return text.replaceAll("  [0-9a-f]{12}\n", "  <id>\n");
    }

    @Test
    void showsWhatIsAskedAndWhatComesBack() throws IOException {
        assertThat(report(resource("flights.yaml"))).isEqualTo(resource("flights.report"));
    }

    @Test
    void showsProblemsAlone() throws IOException {
        String broken = resource("flights.yaml").replace("keys: [origin]", "keys: [orign]");

        assertThat(report(broken)).isEqualTo("""
                        flights.yaml:13: keys[0] = "orign": is neither selected nor a column of table flights; did you mean origin?
                        1 problem, no catalog is written
                        1 warning
                          flights.yaml:16: aggregations[1].operation = "unique_count": its state grows with the number of distinct inputs; beyond 1 MiB per key and window the value is null; a bounded operation is safer
                        """);
    }
}
