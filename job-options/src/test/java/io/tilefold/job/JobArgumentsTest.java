package io.tilefold.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

class JobArgumentsTest {
    @Command
    static final class Backfill {
        @Mixin
        private BackfillJobOptions options = new BackfillJobOptions();

        @Option(names = "--cores")
        private int cores;
    }

    @Command
    static final class Upload {
        @Mixin
        private UploadJobOptions options = new UploadJobOptions();
    }

    @Command
    static final class Analyze {
        @Mixin
        private AnalyzeJobOptions options = new AnalyzeJobOptions();
    }

    private static List<String> given(Object command, Object options, String... arguments) {
        return JobArguments.given(new CommandLine(command).parseArgs(arguments), options);
    }

    private static List<String> given(Backfill command, String... arguments) {
        return given(command, command.options, arguments);
    }

    @Test
    void theJobGetsWhatTheCommandGotAndNothingOfTheCommandsOwn() {
        List<String> ofJob = List.of(
                "--join",
                "a b",
                "--out-table",
                "ns.t",
                "--out-format",
                "delta",
                "--start-ds",
                "2001-01-01",
                "--step-days",
                "7",
                "--partitions",
                "3",
                "--slices",
                "2",
                "--require-end-ds",
                "--dry-run");
        List<String> all = new ArrayList<>(List.of("--cores", "4"));
        all.addAll(ofJob);
        Backfill command = new Backfill();
        List<String> given = given(command, all.toArray(String[]::new));
        assertThat(given).containsExactlyInAnyOrderElementsOf(ofJob);
        assertThat(command.cores).isEqualTo(4);

        Backfill job = new Backfill();
        assertThat(given(job, given.toArray(String[]::new))).containsExactlyInAnyOrderElementsOf(ofJob);
        assertThat(job.options.join()).hasValue("a b");
        assertThat(job.options.groupBy()).isEmpty();
        assertThat(job.options.outTable()).hasValue("ns.t");
        assertThat(job.options.outPath()).isEmpty();
        assertThat(job.options.outFormat()).hasValue("delta");
        assertThat(job.options.startDs()).hasValue("2001-01-01");
        assertThat(job.options.endDs()).isEmpty();
        assertThat(job.options.stepDays()).isEqualTo(7);
        assertThat(job.options.partitions()).hasValue(3);
        assertThat(job.options.slices()).hasValue(2);
        assertThat(job.options.requireEndDs()).isTrue();
        assertThat(job.options.dryRun()).isTrue();
    }

    @Test
    void whatIsRepeatedComesRepeatedAndWhatIsLeftOutDoesNot() {
        Upload upload = new Upload();
        assertThat(given(upload, upload.options, "--ds", "2001-01-01", "--group-by", "a", "--group-by=b"))
                .containsExactly("--ds", "2001-01-01", "--group-by", "a", "--group-by", "b");
        Analyze analyze = new Analyze();
        assertThat(given(analyze, analyze.options, "--group-by", "a", "--start-ds", "x", "--end-ds", "y", "--strict"))
                .containsExactlyInAnyOrder("--group-by", "a", "--start-ds", "x", "--end-ds", "y", "--strict");
        assertThat(analyze.options.sampleDays()).isEqualTo(3);
        assertThat(analyze.options.json()).isFalse();
    }

    @Test
    void oneThingIsBackfilledToOnePlace() {
        assertThatThrownBy(() -> given(new Backfill(), "--join", "a", "--group-by", "b", "--out", "c"))
                .isInstanceOf(CommandLine.MutuallyExclusiveArgsException.class);
        assertThatThrownBy(() -> given(new Backfill(), "--join", "a", "--out", "c", "--out-table", "d"))
                .isInstanceOf(CommandLine.MutuallyExclusiveArgsException.class);
        assertThatThrownBy(() -> given(new Backfill(), "--join", "a"))
                .isInstanceOf(CommandLine.MissingParameterException.class);
    }
}
