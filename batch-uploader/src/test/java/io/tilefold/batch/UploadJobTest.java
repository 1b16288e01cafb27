package io.tilefold.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.catalog.CatalogFile;
import io.tilefold.core.definition.Accuracy;
import io.tilefold.core.definition.Catalog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Wrong arguments: what the job says and how it ends, before it has a Spark session. */
class UploadJobTest {
    @TempDir
    private Path directory;

    private String catalog = "";

    @BeforeEach
    void writeCatalog() throws IOException {
        Path file = directory.resolve("catalog.bin");
        CatalogFile.write(
                file, new Catalog(List.of(Rides.groupBy("rides", "rides", Accuracy.TEMPORAL)), List.of(), List.of()));
        catalog = file.toString();
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThat(fails(2)).contains("--catalog=FILE").contains("--ds=DAY").contains("--ingest=HOST:PORT");
        assertThat(fails(2, "--catalog", catalog, "--ds", "2001-02-09", "--ingest", "localhost:1", "--tabel", "x=y"))
                .contains("--tabel");
    }

    @Test
    void wrongValuesAreNamedWithWhatToWrite() throws IOException {
        assertThat(fails(1, "--catalog", catalog, "--ds", "2001-02-30", "--ingest", "localhost:1"))
                .isEqualToIgnoringNewLines(
                        "tilefold-upload: --ds \"2001-02-30\" is no day: write yyyy-MM-dd, 2001-02-09");
        assertThat(fails(1, "--catalog", catalog, "--ds", "2001-02-09", "--ingest", "localhost"))
                .contains("tilefold-upload: --ingest: \"localhost\" is no address: write host:port");
        assertThat(fails(
                        1,
                        "--catalog",
                        catalog,
                        "--ds",
                        "2001-02-09",
                        "--ingest",
                        "localhost:1",
                        "--group-by",
                        "rides2"))
                .contains("tilefold-upload: --group-by rides2: the catalog has no such GroupBy; it has rides");
        assertThat(fails(1, "--catalog", catalog, "--ds", "2001-02-09", "--ingest", "localhost:1", "--table", "rides"))
                .contains("tilefold-upload: --table rides: write NAME=PATH");
        assertThat(fails(1, "--catalog", catalog + "2", "--ds", "2001-02-09", "--ingest", "localhost:1"))
                .contains("catalog.bin2 cannot be read");
        String[] secured = {
            "--catalog", catalog, "--ds", "2001-02-09", "--ingest", "localhost:1", "--tls-authorities", ""
        };
        secured[7] = directory.resolve("nowhere.crt").toString();
        assertThat(fails(1, secured)).contains("cannot use the TLS files").contains("nowhere.crt");
        secured[6] = "--tls-certificate";
        assertThat(fails(1, secured)).contains("--tls-certificate: a certificate and its key belong together");
        secured[6] = "--token-file";
        assertThat(fails(1, secured)).contains("cannot read the token file").contains("nowhere.crt");
        Files.write(Path.of(catalog), new byte[] {9, 9, 9});
        assertThat(fails(1, "--catalog", catalog, "--ds", "2001-02-09", "--ingest", "localhost:1"))
                .contains("catalog.bin: 3 bytes are no catalog");
    }

    private static String fails(int exitCode, String... args) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.err;
        System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            assertThat(JobCommand.run(new UploadJob(), args)).isEqualTo(exitCode);
        } finally {
            System.setErr(before);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }
}
