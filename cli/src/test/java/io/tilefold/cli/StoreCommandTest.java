package io.tilefold.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class StoreCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    @Test
    void inspectsBesideARunningWriterAndLeavesNoTrace() throws IOException {
        try (SmallStore store = new SmallStore(directory)) {
            store.fill();
            List<String> before = listing();
            assertThat(run("inspect")).isEqualTo(Tilefold.EXIT_OK);
            assertThat(listing()).isEqualTo(before);
            assertThat(out.toString())
                    .contains("shard group  3, owns shards all of 2", "log position 7", "small  " + SmallStore.ID)
                    .contains("current    version 2, batch end 2011-01-27T00:00:00Z, 2 segments")
                    .contains("former     version 1, batch end 2011-01-26T00:00:00Z, 2 segments")
                    .contains(SmallStore.LIVE_KEYS + " keys", "; snapshot 0 B; rest ");
        }
    }

    @Test
    void inspectsAsJson() throws IOException {
        try (SmallStore store = new SmallStore(directory)) {
            store.fill();
            assertThat(run("inspect", "--json")).isEqualTo(Tilefold.EXIT_OK);
            assertThat(json())
                    .containsEntry("position", "7")
                    .containsEntry("shardGroup", "3")
                    .containsEntry("name", "small")
                    .containsEntry("keys", Integer.toString(SmallStore.LIVE_KEYS));
        }
    }

    @Test
    void aSoundStoreVerifies() throws IOException {
        try (SmallStore store = new SmallStore(directory)) {
            store.fill();
            assertThat(run("verify")).isEqualTo(Tilefold.EXIT_OK);
            assertThat(out.toString())
                    .startsWith("sound: ")
                    .contains(2 * SmallStore.BASE_KEYS + " base records, " + SmallStore.LIVE_KEYS + " live records");
        }
    }

    @Test
    void damageIsNamedWithFileAndOffset() throws IOException {
        try (SmallStore store = new SmallStore(directory)) {
            store.fill();
        }
        Path segment = find("shard-0001.seg");
        flip(segment, 200);
        assertThat(run("verify", "--json")).isEqualTo(Tilefold.EXIT_FAILURE);
        assertThat(out.toString()).contains(segment.toString(), "offset 0", "checksum of the records");
        flip(segment, 200);
        Path manifest = find("000000000001");
        flip(manifest, 40);
        assertThat(run("verify")).isEqualTo(Tilefold.EXIT_FAILURE);
        assertThat(out.toString()).contains(manifest.toString(), "checksum", "1 problems: ");
        flip(manifest, 40);
        assertThat(run("verify")).isEqualTo(Tilefold.EXIT_OK);
    }

    @Test
    void damagedLiveTilesAreNamedWithFileAndOffset() throws IOException {
        try (SmallStore store = new SmallStore(directory)) {
            store.fill();
        }
        Path region = find("shard-0000.region-0");
        flip(region, 64 + 12); // the first record's key length
        assertThat(run("verify")).isEqualTo(Tilefold.EXIT_FAILURE);
        assertThat(out.toString()).contains(region + ", offset 64: live record: ");
    }

    @Test
    void countsHowFullItIs() throws IOException {
        try (SmallStore store = new SmallStore(directory)) {
            store.fill();
            assertThat(run("stats")).isEqualTo(Tilefold.EXIT_OK);
            assertThat(out.toString())
                    .contains("base version 2: " + SmallStore.BASE_KEYS + " keys")
                    .contains("live: " + SmallStore.LIVE_KEYS + " keys")
                    .contains("probes        mean 1.", "block bytes");
            assertThat(run("stats", "--json")).isEqualTo(Tilefold.EXIT_OK);
            assertThat(json()).containsKeys("loadFactor", "bytesPerKey", "wasteBytes", "p99", "baseFormer");
        }
    }

    @Test
    void aDirectoryThatIsNoStoreIsRefused() {
        for (String command : new String[] {"inspect", "verify", "stats"}) {
            assertThat(run(command)).isEqualTo(Tilefold.EXIT_FAILURE);
            assertThat(err.toString().strip())
                    .isEqualTo(
                            "tilefold store " + command + ": " + directory + " is no tile store: it has no file STORE");
        }
        assertThat(directory).isEmptyDirectory();
    }

    private int run(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine command = Tilefold.commandLine();
        command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return command.execute(
                Stream.concat(Stream.concat(Stream.of("store"), Stream.of(arguments)), Stream.of(directory.toString()))
                        .toArray(String[]::new));
    }

    /** The last value of each field. */
    private Map<String, String> json() throws IOException {
        Map<String, String> fields = new HashMap<>();
        try (JsonParser parser = new JsonFactory().createParser(out.toString())) {
            while (parser.nextToken() != null) {
                if (parser.currentToken().isScalarValue() && parser.currentToken() != JsonToken.VALUE_NULL) {
                    String name = parser.currentName();
                    if (name != null) {
                        fields.put(name, parser.getText());
                    }
                }
            }
        }
        return fields;
    }

    private List<String> listing() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.map(Path::toString).sorted().toList();
        }
    }

    private Path find(String name) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.endsWith(name))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static void flip(Path file, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 0x40;
        Files.write(file, bytes);
    }
}
