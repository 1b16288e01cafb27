package io.tilefold.examples.flights;

import java.util.List;

/**
 * A time at which the demo stops producing and asks: every event with {@code ts < qMs} has been produced, none with {@code ts >= qMs}.
 *
 * @param reasons why this time was chosen, for people
 * @param questions all at {@code qMs}, distinct
 */
public record Moment(long qMs, List<String> reasons, List<Question> questions) {
    public Moment {
        reasons = List.copyOf(reasons);
        questions = List.copyOf(questions);
    }
}
