package io.tilefold.benchmarks.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs the benchmarks that are programs of their own, with processes of theirs, on tiny data: they run and answer every read. */
class ProgramsTest {
    private static final String KEYS = "2000";

    @TempDir
    Path directory;

    @Test
    void install() throws Exception {
        List<String> lines = output(() -> Install.main(new String[] {KEYS, "0", "20"}));
        assertThat(lines).hasSize(6);
        assertThat(lines.subList(2, 6)).allMatch(line -> line.startsWith("0: ") && line.endsWith(", 0"));
    }

    @Test
    void writerAndReader() throws Exception {
        List<String> lines = output(() -> WriterAndReader.main(new String[] {KEYS, "1", "1"}));
        assertThat(lines).hasSize(2).last().asString().startsWith("1: ").endsWith("; 0");
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
