package io.tilefold.cli.daily;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Does a day's steps one after the other. One that fails stops what needs it and nothing else; what is done is not done again by the next run. Confined to one thread.
 */
public final class DailyRun {
    /** What became of a step. */
    public enum Outcome {
        DONE,
        /** By an earlier run. */
        DONE_BEFORE,
        /** A part of its input is not there yet. */
        NOT_YET,
        FAILED,
        /** A step that it needs is not done. */
        BLOCKED
    }

    private final List<DailyStep> steps;
    private final DoneSteps done;
    private final StepRunner runner;
    private final PrintWriter out;
    private final Map<DailyStep, Outcome> outcomes = new HashMap<>();

    /** @param steps each behind what it needs */
    public DailyRun(List<DailyStep> steps, DoneSteps done, StepRunner runner, PrintWriter out) {
        this.steps = List.copyOf(steps);
        this.done = done;
        this.runner = runner;
        this.out = out;
    }

    /** Prints what is due and what is not, and does nothing. */
    public void describe() throws IOException {
        for (DailyStep step : steps) {
            boolean before = isDone(step);
            say(step, before ? "done already" : step.needs().isEmpty() ? "due" : "due, after " + names(step.needs()));
        }
    }

    /** Does what is due. */
    public Map<Outcome, Long> run() throws IOException {
        for (DailyStep step : steps) {
            outcomes.put(step, outcome(step));
        }
        Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
        outcomes.values().forEach(outcome -> counts.merge(outcome, 1L, Long::sum));
        return counts;
    }

    private Outcome outcome(DailyStep step) throws IOException {
        List<DailyStep> missing = step.needs().stream()
                .filter(need -> !isGood(outcomes.get(need)))
                .toList();
        if (!missing.isEmpty()) {
            say(step, "not done: it needs " + names(missing));
            return Outcome.BLOCKED;
        }
        boolean stale = step.needs().stream().anyMatch(need -> outcomes.get(need) == Outcome.DONE);
        if (!stale && isDone(step)) {
            say(step, "done already");
            return Outcome.DONE_BEFORE;
        }
        say(step, "...");
        int code;
        try {
            code = runner.run(step);
        } catch (Exception e) {
            say(step, "failed: " + (e.getMessage() == null ? e : e.getMessage()));
            return Outcome.FAILED;
        }
        if (code == 0) {
            done.add(step);
            say(step, "done");
            return Outcome.DONE;
        }
        say(step, code == StepRunner.NOT_YET ? "not yet: its input is not there" : "failed with exit code " + code);
        return code == StepRunner.NOT_YET ? Outcome.NOT_YET : Outcome.FAILED;
    }

    private boolean isDone(DailyStep step) throws IOException {
        return step.kind() == DailyStep.Kind.UPLOAD ? runner.isDone(step) : done.contains(step);
    }

    private static boolean isGood(@org.jspecify.annotations.Nullable Outcome outcome) {
        return outcome == Outcome.DONE || outcome == Outcome.DONE_BEFORE;
    }

    private void say(DailyStep step, String what) {
        out.println(step + ": " + what);
        out.flush();
    }

    private static String names(Iterable<DailyStep> steps) {
        return java.util.stream.StreamSupport.stream(steps.spliterator(), false)
                .map(DailyStep::toString)
                .sorted()
                .collect(Collectors.joining(", "));
    }
}
