package io.tilefold.benchmarks.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the benchmarks that are programs of their own, with processes of theirs, on tiny data. */
class ProgramsTest {
    private static final String KEYS = "2000";

    @TempDir
    Path directory;

    @Test
    void install() throws Exception {
        List<String> lines = output(() -> Install.main(new String[] {KEYS, "0", "20"}));
        assertThat(lines).hasSize(7);
        assertThat(lines)
                .filteredOn(line -> line.startsWith("0: "))
                .as("every read is answered")
                .hasSize(4)
                .allMatch(line -> line.endsWith(", 0"));
    }

    @Test
    void writerAndReader() throws Exception {
        List<String> lines = output(() -> WriterAndReader.main(new String[] {KEYS, "1", "1"}));
        assertThat(lines).hasSize(2);
        Matcher line = Pattern.compile("1: .*; \\d+, (\\d+), [0-9.]+; (\\d+)").matcher(lines.get(1));
        assertThat(line.matches()).as(lines.get(1)).isTrue();
        // On so few keys the writer is always where the reader is, and a busy machine may hold it up in the middle of a
        // write.
        assertThat(Long.parseLong(line.group(2)))
                .as("reads given up")
                .isLessThan(Long.parseLong(line.group(1)) / 1_000);
    }

    @Test
    void footprint() throws Exception {
        List<String> lines = output(() -> Footprint.main(new String[] {KEYS}));
        assertThat(lines).hasSize(2).last().asString().startsWith(KEYS + ", ");
    }

    @Test
    void growthPlot() throws Exception {
        Path csv = directory.resolve("results.csv");
        Path svg = directory.resolve("growth.svg");
        Files.writeString(csv, """
                "Benchmark","Mode","Threads","Samples","Score","Score Error (99.9%)","Unit","Param: keys"
                "b.TilefoldReadBenchmark.lookup","avgt",1,5,100.5,NaN,"ns/op",100000
                "b.TilefoldReadBenchmark.lookup:gc.count","avgt",1,5,0,NaN,"counts",100000
                "b.TilefoldReadBenchmark.lookup","avgt",1,5,250.5,NaN,"ns/op",1000000
                """);
        GrowthPlot.main(new String[] {csv.toString(), svg.toString()});
        assertThat(Files.readString(svg))
                .startsWith("<svg")
                .contains(">lookup<", ">1,000,000<")
                .endsWith("</svg>\n");
    }

    private interface Program {
        void run() throws Exception;
    }

    private static List<String> output(Program program) throws Exception {
        PrintStream before = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream capture = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(capture);
            program.run();
        } finally {
            System.setOut(before);
        }
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
