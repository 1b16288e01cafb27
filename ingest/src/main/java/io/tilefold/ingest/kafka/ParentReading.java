package io.tilefold.ingest.kafka;

import io.tilefold.core.definition.Derivation;
import io.tilefold.core.key.ShardSet;
import io.tilefold.core.value.Field;
import io.tilefold.core.value.Schema;
import io.tilefold.expressions.InputRow;
import io.tilefold.ingest.apply.ActiveDefinition;
import io.tilefold.ingest.apply.ParentJoin;
import io.tilefold.ingest.log.RecordEffects;
import io.tilefold.ingest.log.codec.EffectKind;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records whose values are events of a join's left, for GroupBys of the join's output: an event with the join's answer at its time is a row of them. What a row is is
 * decided here, once, before the log: nothing that is applied depends on an answer.
 *
 * <p>All records of a poll are asked about at one time. Where an answer does not come none of them is decided, and nothing is asked for a while, {@value #FIRST_PAUSE_MS} ms
 * and then longer, to {@value #LAST_PAUSE_MS} ms; a line of the log says why, every {@value #WARN_S} s.
 */
final class ParentReading implements Reading {
    static final long FIRST_PAUSE_MS = 50;
    static final long LAST_PAUSE_MS = 2_000;
    private static final long WARN_S = 5;

    private static final Logger LOG = LoggerFactory.getLogger(ParentReading.class);
    private static final String TIME = "ts";
    private static final String DAY = "ds";

    private final ParentJoin parent;
    private final ParentAnswers answers;
    private final List<Child> children = new ArrayList<>();
    private final List<SourceProgram> sources;
    private final ParentLeft left;
    private final ParentQuestions questions;
    private final IdentityHashMap<ConsumerRecord<byte[], byte[]>, Read> asked = new IdentityHashMap<>();
    private long pauseMs;
    private long pausedAtNs;
    private long warnedAtNs = System.nanoTime() - TimeUnit.SECONDS.toNanos(WARN_S);

    /** Where a column of the join's output comes from. */
    private enum Origin {
        LEFT,
        OUTPUT,
        TIME,
        DAY
    }

    /** A GroupBy, and its row with the origin of each column. */
    private record Child(EventProgram program, InputRow row, List<Origin> origins) {}

    /**
     * What a record is.
     *
     * @param row null: no row, by the left's wheres or since something is wrong
     * @param problem what is wrong; empty: nothing
     */
    private record Read(@Nullable ParentRow row, String problem) {}

    private ParentReading(List<EventProgram> programs, ParentJoin parent, ParentAnswers answers) {
        this.parent = parent;
        this.answers = answers;
        this.sources = programs.stream().map(EventProgram::source).toList();
        this.left = new ParentLeft(parent.compiled());
        Set<Field> outputs = new LinkedHashSet<>();
        for (EventProgram program : programs) {
            List<Field> columns = program.source().sourceSchema().fields();
            List<Origin> origins =
                    columns.stream().map(column -> origin(column.name())).toList();
            for (int i = 0; i < origins.size(); i++) {
                if (origins.get(i) == Origin.OUTPUT) {
                    outputs.add(columns.get(i));
                }
            }
            children.add(new Child(program, program.source().newInputRow(), origins));
        }
        this.questions = new ParentQuestions(parent, new Schema(List.copyOf(outputs)), answers);
    }

    /**
     * Compiles GroupBys of one join's output.
     *
     * @param definitions at least one
     * @throws IllegalArgumentException naming the definition and what in it this node cannot execute
     */
    static ParentReading compile(
            List<ActiveDefinition> definitions, long maxFutureMs, ShardSet shards, ParentAnswers answers) {
        ParentJoin parent = definitions.get(0).parent().orElseThrow();
        List<EventProgram> programs = definitions.stream()
                .map(definition -> EventProgram.compile(definition, maxFutureMs, shards))
                .toList();
        try {
            return new ParentReading(programs, parent, answers);
        } catch (RuntimeException e) {
            throw new IllegalArgumentException("join " + parent.name() + ", " + e.getMessage(), e);
        }
    }

    /** A derived column stands before a left one of its name, as in the join's table. */
    private Origin origin(String column) {
        boolean isDerived = parent.compiled().definition().derivations().stream()
                .map(Derivation::name)
                .anyMatch(column::equals);
        if (!isDerived && parent.compiled().left().find(column).isPresent()) {
            return Origin.LEFT;
        }
        return switch (column) {
            case TIME -> Origin.TIME;
            case DAY -> Origin.DAY;
            default -> Origin.OUTPUT;
        };
    }

    @Override
    public List<SourceProgram> sources() {
        return sources;
    }

    @Override
    public Asked ask(List<ConsumerRecord<byte[], byte[]>> records, BitSet feeds) {
        if (records.isEmpty()) {
            return Asked.NOTHING;
        }
        if (!mayAsk()) {
            return () -> false;
        }
        List<ParentRow> rows = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            Read read = read(record);
            asked.put(record, read);
            ParentRow row = read.row;
            if (row != null && row.timeMs() != null) {
                rows.add(row);
            }
        }
        if (rows.isEmpty() || !questions.readsOutputs()) {
            return Asked.NOTHING;
        }
        ParentQuestions.Questions underWay = questions.ask(rows);
        return () -> isAnswered(underWay.await(), records);
    }

    private boolean isAnswered(Optional<String> problem, List<ConsumerRecord<byte[], byte[]>> records) {
        long nowNs = System.nanoTime();
        if (problem.isEmpty()) {
            pauseMs = 0;
            return true;
        }
        answers.waited();
        if (mayAsk()) { // else another partition of this poll has found it already
            pauseMs = Math.min(LAST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, 2 * pauseMs));
            pausedAtNs = nowNs;
        }
        if (nowNs - warnedAtNs >= TimeUnit.SECONDS.toNanos(WARN_S)) {
            warnedAtNs = nowNs;
            LOG.warn(
                    "topic {} waits, partition {} at offset {}, for join {} to answer about its events: {}",
                    records.get(0).topic(),
                    records.get(0).partition(),
                    records.get(0).offset(),
                    parent.name(),
                    problem.get());
        }
        return false;
    }

    @Override
    public boolean mayAsk() {
        return pauseMs == 0 || System.nanoTime() - pausedAtNs >= TimeUnit.MILLISECONDS.toNanos(pauseMs);
    }

    @Override
    public void forget() {
        asked.clear();
    }

    private Read read(ConsumerRecord<byte[], byte[]> record) {
        try {
            Optional<ParentRow> row = left.read(record.value());
            Long timeMs = row.map(ParentRow::timeMs).orElse(null);
            if (timeMs != null) {
                sources.get(0).checkTime("the time of join " + parent.name() + "'s left", timeMs, record.timestamp());
            }
            return new Read(row.orElse(null), "");
        } catch (UndecodableException e) {
            return new Read(null, String.valueOf(e.getMessage()));
        }
    }

    @Override
    public void decide(ConsumerRecord<byte[], byte[]> record, BitSet feeds, RecordEffects effects, Problems problems) {
        Read read = asked.get(record);
        if (read == null) {
            throw new IllegalStateException("offset " + record.offset() + " is decided, and nobody asked about it");
        }
        if (!read.problem.isEmpty()) {
            problems.add(sources, read.problem);
        }
        ParentRow row = read.row;
        if (row == null) {
            return;
        }
        for (Child child : children) {
            if (feeds.get(child.program.source().place())) {
                decide(row, child, record.timestamp(), effects, problems);
            }
        }
    }

    private static void decide(
            ParentRow row, Child child, long recordTimestampMs, RecordEffects effects, Problems problems) {
        Long timeMs = row.timeMs();
        if (timeMs == null) {
            child.program.source().addKeyless(EffectKind.NULL_TIME, effects);
            return;
        }
        Schema columns = child.row.schema();
        InputRow input = child.row.clear();
        for (int i = 0; i < columns.size(); i++) {
            String column = columns.field(i).name();
            input.setObject(
                    i,
                    switch (child.origins.get(i)) {
                        case LEFT -> row.left(column);
                        case OUTPUT -> row.output(column);
                        case TIME -> timeMs;
                        case DAY ->
                            Instant.ofEpochMilli(timeMs)
                                    .atOffset(ZoneOffset.UTC)
                                    .toLocalDate()
                                    .toString();
                    });
        }
        try {
            child.program.decide(input, recordTimestampMs, effects);
        } catch (UndecodableException e) {
            problems.add(List.of(child.program.source()), String.valueOf(e.getMessage()));
        }
    }
}
