package io.tilefold.cli.daily;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tilefold.catalog.DefinitionIds;
import io.tilefold.cli.daily.DailyRun.Outcome;
import io.tilefold.core.definition.Aggregation;
import io.tilefold.core.definition.Catalog;
import io.tilefold.core.definition.Catalog.CompiledGroupBy;
import io.tilefold.core.definition.Catalog.CompiledJoin;
import io.tilefold.core.definition.GroupBy;
import io.tilefold.core.definition.Join;
import io.tilefold.core.definition.JoinPart;
import io.tilefold.core.definition.MetaData;
import io.tilefold.core.definition.Query;
import io.tilefold.core.definition.Source;
import io.tilefold.core.definition.StagingQuery;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.core.value.ValueType.Scalar;
import io.tilefold.testsupport.Seeds;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A day's steps in order; one that fails stops what needs it and nothing else; the next run does what is left and nothing twice. */
class DailyRunTest {
    private static final LocalDate DAY = LocalDate.parse("2001-02-09");
    private static final Schema COLUMNS = new Schema(
            List.of(new Field("who", Scalar.STRING), new Field("price", Scalar.LONG), new Field("ts", Scalar.LONG)));

    @TempDir
    private Path directory;

    private final StringWriter printed = new StringWriter();

    /** Runs nothing; fails as it is told; knows which uploads it made, as a node does. */
    private static final class Jobs implements StepRunner {
        final List<String> ran = new ArrayList<>();
        final Map<String, Integer> codes = new HashMap<>();
        final Set<String> uploaded = new HashSet<>();

        @Override
        public int run(DailyStep step) {
            ran.add(step.toString());
            int code = codes.getOrDefault(step.toString(), 0);
            if (code < 0) {
                throw new IllegalStateException("the cluster is away");
            }
            if (code == 0 && step.kind() == DailyStep.Kind.UPLOAD) {
                uploaded.add(step.name() + step.definitionId());
            }
            return code;
        }

        @Override
        public boolean isDone(DailyStep step) {
            return uploaded.contains(step.name() + step.definitionId());
        }
    }

    @Test
    void aFailureInTheMiddleIsContinuedByTheSameCommand() throws IOException {
        Jobs jobs = new Jobs();
        jobs.codes.put("stage sessions", 1);
        assertThat(run(jobs, catalog("count")))
                .isEqualTo(Map.of(Outcome.DONE, 3L, Outcome.FAILED, 1L, Outcome.BLOCKED, 2L));
        assertThat(jobs.ran)
                .containsExactly("stage clean_events", "stage sessions", "upload by_event", "backfill by_event");
        assertThat(printed.toString())
                .contains(
                        "stage sessions: failed with exit code 1",
                        "upload by_session: not done: it needs stage sessions",
                        "train training: not done: it needs stage sessions");

        jobs.codes.clear();
        jobs.ran.clear();
        assertThat(run(jobs, catalog("count"))).isEqualTo(Map.of(Outcome.DONE, 3L, Outcome.DONE_BEFORE, 3L));
        assertThat(jobs.ran).containsExactly("stage sessions", "upload by_session", "train training");

        jobs.ran.clear();
        assertThat(run(jobs, catalog("count"))).isEqualTo(Map.of(Outcome.DONE_BEFORE, 6L));
        assertThat(jobs.ran).isEmpty();
    }

    @Test
    void inputThatIsNotThereYetIsNoFailureAndOneThatThrowsIs() throws IOException {
        Jobs jobs = new Jobs();
        jobs.codes.put("upload by_event", StepRunner.NOT_YET);
        jobs.codes.put("backfill by_event", -1);
        assertThat(run(jobs, catalog("count")))
                .isEqualTo(Map.of(Outcome.DONE, 4L, Outcome.NOT_YET, 1L, Outcome.FAILED, 1L));
        assertThat(printed.toString())
                .contains("upload by_event: not yet: its input is not there", "failed: the cluster is away");
    }

    @Test
    void aChangedDefinitionIsDueAgain() throws IOException {
        Jobs jobs = new Jobs();
        run(jobs, catalog("count"));
        jobs.ran.clear();
        run(jobs, catalog("sum"));
        assertThat(jobs.ran)
                .containsExactly("upload by_event", "upload by_session", "backfill by_event", "train training");
    }

    @Test
    void whateverFailsEveryStepIsDoneOnceInTheEndAndAfterWhatItNeeds() {
        Seeds.forEach(50, random -> {
            Jobs jobs = new Jobs();
            Path out = directory.resolve("run" + random.nextLong());
            List<DailyStep> steps = DailyPlan.of(catalog("count"), DAY, List.of("training"), Set.of());
            List<String> done = new ArrayList<>();
            for (int attempt = 0; attempt < 100 && done.size() < steps.size(); attempt++) {
                jobs.ran.clear();
                jobs.codes.clear();
                steps.forEach(step -> jobs.codes.put(step.toString(), random.nextInt(3) == 0 ? 1 : 0));
                try {
                    var unused = new DailyRun(steps, new DoneSteps(out, DAY), jobs, new PrintWriter(printed)).run();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
                jobs.ran.stream()
                        .filter(step -> jobs.codes.getOrDefault(step, 0) == 0)
                        .forEach(done::add);
            }
            assertThat(done)
                    .containsExactlyInAnyOrderElementsOf(
                            steps.stream().map(DailyStep::toString).toList());
            for (DailyStep step : steps) {
                step.needs()
                        .forEach(need ->
                                assertThat(done.indexOf(need.toString())).isLessThan(done.indexOf(step.toString())));
            }
        });
    }

    @Test
    void aDryRunSaysWhatIsDueAndDoesNothing() throws IOException {
        Jobs jobs = new Jobs();
        new DailyRun(plan(catalog("count")), new DoneSteps(directory, DAY), jobs, new PrintWriter(printed)).describe();
        assertThat(jobs.ran).isEmpty();
        assertThat(printed.toString().lines())
                .containsExactly(
                        "stage clean_events: due",
                        "stage sessions: due, after stage clean_events",
                        "upload by_event: due, after stage clean_events",
                        "upload by_session: due, after stage sessions",
                        "backfill by_event: due, after stage clean_events",
                        "train training: due, after stage clean_events, stage sessions");
    }

    @Test
    void backfillsBeginWithTheirDayAndCirclesAreRefused() {
        assertThat(DailyPlan.of(catalog("count"), LocalDate.parse("2001-01-31"), List.of(), Set.of()))
                .noneMatch(step -> step.kind() == DailyStep.Kind.BACKFILL);
        Catalog circle = new Catalog(
                List.of(), List.of(), List.of(staging("a", "SELECT * FROM b"), staging("b", "SELECT * FROM a")));
        assertThatThrownBy(() -> DailyPlan.of(circle, DAY, List.of(), Set.of())).hasMessageContaining("a -> b -> a");
        Catalog view = new Catalog(
                List.of(),
                List.of(),
                List.of(new StagingQuery("seen", "SELECT 1", List.of(), Optional.empty(), true, MetaData.NONE)));
        assertThatThrownBy(() -> DailyPlan.of(view, DAY, List.of(), Set.of()))
                .hasMessageContaining("staging query seen is a view");
        assertThatThrownBy(() -> DailyPlan.of(catalog("count"), DAY, List.of("trainings"), Set.of()))
                .hasMessageContaining("--join trainings: there is no such join; there are training");
    }

    @Test
    void labelsComeAfterTheirTrainingSetAndAreDueAgainAlone() throws IOException {
        Jobs jobs = new Jobs();
        Catalog sevenDays = labelled(7);
        assertThat(DailyPlan.of(sevenDays, DAY, List.of(), Set.of()))
                .noneMatch(step -> step.kind() == DailyStep.Kind.LABEL);
        jobs.codes.put("label training", StepRunner.NOT_YET);
        assertThat(run(jobs, sevenDays)).isEqualTo(Map.of(Outcome.DONE, 6L, Outcome.NOT_YET, 1L));
        assertThat(jobs.ran).endsWith("train training", "label training");

        jobs.codes.clear();
        jobs.ran.clear();
        assertThat(run(jobs, sevenDays)).isEqualTo(Map.of(Outcome.DONE, 1L, Outcome.DONE_BEFORE, 6L));
        assertThat(jobs.ran).containsExactly("label training");

        jobs.ran.clear();
        run(jobs, labelled(8));
        assertThat(jobs.ran).as("other labels, the same features").containsExactly("label training");

        jobs.ran.clear();
        jobs.codes.put("train training", 1);
        DailyRun another = new DailyRun(
                plan(sevenDays), new DoneSteps(directory, DAY.plusDays(1)), jobs, new PrintWriter(printed));
        assertThat(another.run()).containsEntry(Outcome.BLOCKED, 1L);
        assertThat(jobs.ran).doesNotContain("label training");
    }

    @Test
    void whatReadsAJoinsOutputComesAfterItsTrainingSet() throws IOException {
        Catalog plain = catalog("count");
        CompiledGroupBy crowd = plain.groupBys().get(0);
        GroupBy ofParent = GroupBy.builder("of_training")
                .source(new Source.JoinOutput("training", query()))
                .keys("who")
                .aggregate(Aggregation.of("sum", "price").windows("7d"))
                .online(true)
                .build();
        Catalog chained = new Catalog(
                List.of(
                        new CompiledGroupBy(crowd.id(), ofParent, List.of(COLUMNS), COLUMNS),
                        plain.groupBys().get(0),
                        plain.groupBys().get(1)),
                plain.joins(),
                plain.stagingQueries());
        assertThat(DailyPlan.tablesBetween(chained)).containsExactlyInAnyOrder("sessions", "clean_events", "training");

        Jobs jobs = new Jobs();
        jobs.codes.put("train training", 1);
        List<DailyStep> steps = DailyPlan.of(chained, DAY, List.of(), Set.of());
        var unused = new DailyRun(steps, new DoneSteps(directory, DAY), jobs, new PrintWriter(printed)).run();
        assertThat(jobs.ran).contains("train training").doesNotContain("upload of_training");
        assertThat(printed.toString()).contains("upload of_training: not done: it needs train training");

        jobs.codes.clear();
        jobs.ran.clear();
        unused = new DailyRun(steps, new DoneSteps(directory, DAY), jobs, new PrintWriter(printed)).run();
        assertThat(jobs.ran).containsExactly("train training", "upload of_training");

        assertThat(DailyPlan.of(chained, DAY, List.of("training"), Set.of()))
                .as("asked for and needed: once")
                .filteredOn(step -> step.kind() == DailyStep.Kind.TRAIN)
                .hasSize(1);
        assertThat(DailyPlan.of(chained, DAY, List.of(), Set.of("training")))
                .as("its table is given")
                .noneMatch(step -> step.kind() == DailyStep.Kind.TRAIN);
    }

    /** With labels over one of the staging queries. */
    private static Catalog labelled(int days) {
        Catalog plain = catalog("count");
        Join join = Join.builder("training", Source.events("clean_events", query()))
                .part(JoinPart.of("by_event"))
                .part(JoinPart.of("by_session"))
                .labelPart(new Join.LabelPart("by_session", days, days))
                .build();
        CompiledJoin compiled = new CompiledJoin(plain.joins().get(0).id(), join, COLUMNS, COLUMNS);
        return new Catalog(plain.groupBys(), List.of(compiled), plain.stagingQueries());
    }

    private Map<Outcome, Long> run(Jobs jobs, Catalog catalog) throws IOException {
        return new DailyRun(plan(catalog), new DoneSteps(directory, DAY), jobs, new PrintWriter(printed)).run();
    }

    private static List<DailyStep> plan(Catalog catalog) {
        return DailyPlan.of(catalog, DAY, List.of("training"), Set.of());
    }

    /** Two staging queries, one over the other; a GroupBy and a join over each. */
    private static Catalog catalog(String operation) {
        CompiledGroupBy byEvent = groupBy("by_event", "clean_events", operation, Optional.of("2001-02-01"));
        CompiledGroupBy bySession = groupBy("by_session", "sessions", operation, Optional.empty());
        Join join = Join.builder("training", Source.events("clean_events", query()))
                .part(JoinPart.of("by_event"))
                .part(JoinPart.of("by_session"))
                .build();
        CompiledJoin compiled = new CompiledJoin(
                DefinitionIds.of(join, COLUMNS, List.of(byEvent.id(), bySession.id())), join, COLUMNS, COLUMNS);
        return new Catalog(
                List.of(byEvent, bySession),
                List.of(compiled),
                List.of(
                        staging("sessions", "SELECT * FROM Clean_Events WHERE ds = '{{ end_date }}'"),
                        staging("clean_events", "SELECT * FROM raw.clean_events")));
    }

    private static StagingQuery staging(String name, String sql) {
        return new StagingQuery(name, sql, List.of(), Optional.of("2001-02-01"), false, MetaData.NONE);
    }

    private static Query query() {
        return Query.builder().timeColumn("ts").build();
    }

    private static CompiledGroupBy groupBy(String name, String table, String operation, Optional<String> start) {
        GroupBy built = GroupBy.builder(name)
                .source(Source.events(table, query()))
                .keys("who")
                .aggregate(Aggregation.of(operation, "price").windows("7d"))
                .build();
        GroupBy definition = new GroupBy(
                name,
                built.sources(),
                built.keys(),
                built.aggregations(),
                built.accuracy(),
                true,
                false,
                List.of(),
                start,
                MetaData.NONE);
        return new CompiledGroupBy(
                DefinitionIds.of(definition, List.of(COLUMNS), COLUMNS), definition, List.of(COLUMNS), COLUMNS);
    }
}
