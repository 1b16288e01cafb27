package io.tilefold.batch.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tilefold.batch.JvmFlags;
import io.tilefold.batch.LocalSpark;
import io.tilefold.batch.TableLocation;
import io.tilefold.batch.Tables;
import io.tilefold.catalog.CatalogFile;
import io.tilefold.core.definition.Catalog;
import io.tilefold.testsupport.Seeds;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A backfill in a process of its own, a few days at a time, that is killed (SIGKILL) at some moment of its work and run again, until it ends: its table equals that of one
 * step; its sorts spill. Run once more it changes nothing. {@code -Dtilefold.backfill.kills=N} kills it up to so many times.
 */
class KilledBackfillTest {
    private static final int KILLS = Integer.getInteger("tilefold.backfill.kills", 1);

    @TempDir
    private Path directory;

    private Path out = Path.of("out");
    private Path catalogFile = Path.of("catalog.bin");
    private List<TableLocation> tables = List.of();

    @Test
    void whatIsLeftByKillsIsCompletedAndEqualsOneStep() {
        Seeds.forEach(1, random -> {
            Path here = Files.createTempDirectory(directory, "run");
            out = here.resolve("out");
            catalogFile = here.resolve("catalog.bin");
            tables = new Market(random).write(here.resolve("tables"));
            Catalog catalog = JoinBackfillTest.catalogOfEvents();
            CatalogFile.write(catalogFile, catalog);
            List<Row> oneStep = JoinBackfillTest.run(new Tables(LocalSpark.session(), tables), catalog, 100);
            for (int kill = 0; kill < KILLS; kill++) {
                killInTheMiddle(random);
            }
            runToTheEnd();
            Map<Path, FileTime> written = files();
            assertThat(rows()).containsExactlyInAnyOrderElementsOf(strings(oneStep));
            assertThat(BackfillJob.run(arguments().toArray(String[]::new))).isZero();
            assertThat(files()).as("run twice").isEqualTo(written);
        });
    }

    private void killInTheMiddle(SplittableRandom random) throws IOException, InterruptedException {
        int whole = wholeDays();
        Process job = start();
        try {
            await().pollInterval(Duration.ofMillis(5))
                    .atMost(Duration.ofMinutes(2))
                    .until(() -> wholeDays() > whole || !job.isAlive());
            TimeUnit.MILLISECONDS.sleep(random.nextInt(600));
        } finally {
            job.destroyForcibly();
        }
        assertThat(job.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    private void runToTheEnd() throws IOException, InterruptedException {
        Process job = start();
        try {
            assertThat(job.waitFor(3, TimeUnit.MINUTES)).isTrue();
        } finally {
            job.destroyForcibly();
        }
        assertThat(job.exitValue()).as(Files.readString(log())).isZero();
    }

    private Path log() {
        return out.resolveSibling("log");
    }

    private Process start() throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> argument.startsWith("--add-opens") || argument.startsWith("-Dio."))
                .forEach(command::add);
        command.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", JvmFlags.ADD_OPENS));
        command.addAll(List.of("-Dspark.ui.enabled=false", "-Dspark.driver.host=127.0.0.1"));
        command.addAll(List.of("-Dspark.driver.bindAddress=127.0.0.1", "-Dspark.master=local[2]"));
        command.add("-Dspark.shuffle.spill.numElementsForceSpillThreshold=20"); // every sort spills
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), BackfillJob.class.getName()));
        command.addAll(arguments());
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log().toFile())
                .start();
    }

    private List<String> arguments() {
        List<String> arguments = new ArrayList<>();
        arguments.addAll(List.of("--catalog", catalogFile.toString(), "--join", "asked", "--out", out.toString()));
        arguments.addAll(List.of("--step-days", "4", "--partitions", "2"));
        tables.forEach(table -> arguments.addAll(List.of("--table", table.table() + "=" + table.path())));
        return arguments;
    }

    private int wholeDays() {
        return TrainingOutput.files(LocalSpark.session(), out.toString()).days().size();
    }

    private Map<Path, FileTime> files() throws IOException {
        Map<Path, FileTime> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(out)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(file, Files.getLastModifiedTime(file));
            }
        }
        return files;
    }

    private List<String> rows() {
        return strings(LocalSpark.session().read().parquet(out.toString()).collectAsList());
    }

    private static List<String> strings(List<Row> rows) {
        return rows.stream().map(row -> SparkRow.of(row).toString()).toList();
    }
}
