package io.tilefold.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class JobLinesTest {
    @Test
    void argumentsArriveAsTheyWereGivenWhateverIsInThem() {
        List<String> arguments = List.of("--out", "C:\\tmp\\new dir", "", "a\tb\nc\rd", "\\t", "größe=ü");
        String line = JobLines.request("backfill", arguments);
        assertThat(line).doesNotContain("\n", "\r");
        List<String> words = JobLines.words(line);
        assertThat(words.get(0)).isEqualTo("backfill");
        assertThat(words.subList(1, words.size())).isEqualTo(arguments);
        assertThat(JobLines.words(JobLines.request("describe", List.of()))).containsExactly("describe");
    }

    @Test
    void whatIsNoRequestIsRefused() {
        assertThatThrownBy(() -> JobLines.words("upload\t\\x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\\x");
        assertThatThrownBy(() -> JobLines.words("upload\tends in \\")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aReplySaysTheExitCodeAndNothingElseIsOne() {
        for (int code : List.of(0, 1, 75, -1, 143, 999_999_999)) {
            assertThat(JobLines.reply(code)).hasSizeLessThanOrEqualTo(JobLines.REPLY_LENGTH_MAX);
            assertThat(JobLines.exitCode(JobLines.reply(code))).hasValue(code);
        }
        for (String text : List.of(
                "",
                "tilefold-job 0\n",
                "\u001etilefold-job 0",
                "\u001etilefold-job x\n",
                "\u001etilefold-job 99999999999\n")) {
            assertThat(JobLines.exitCode(text)).as(text).isEmpty();
        }
    }
}
