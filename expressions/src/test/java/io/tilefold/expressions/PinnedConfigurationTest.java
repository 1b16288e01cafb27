package io.tilefold.expressions;

import static org.assertj.core.api.Assertions.assertThat;

import io.tilefold.core.definition.SqlConfiguration;
import java.util.Map;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.internal.SQLConf$;
import org.junit.jupiter.api.Test;

class PinnedConfigurationTest {
    @Test
    void sparkKnowsEverySetting() {
        for (String key : SqlConfiguration.settings().keySet()) {
            assertThat(SQLConf$.MODULE$.getConfigEntry(key)).as(key).isNotNull();
            assertThat(SQLConf$.MODULE$.isStaticConfigKey(key))
                    .as(key + " can be set on a running session")
                    .isFalse();
        }
    }

    @Test
    void compilingSeesTheSettingsAndLeavesTheThreadAsItWas() {
        SQLConf before = SQLConf$.MODULE$.get();
        for (Map.Entry<String, String> setting : SqlConfiguration.settings().entrySet()) {
            assertThat(Catalyst.pinned(() -> SQLConf$.MODULE$.get().getConfString(setting.getKey())))
                    .isEqualTo(setting.getValue());
        }
        assertThat(SQLConf$.MODULE$.get()).isSameAs(before);
    }

    @Test
    void anEvaluatingThreadIsPinned() throws InterruptedException {
        String[] ansi = new String[1];
        Thread thread = new Thread(() -> {
            Catalyst.pinThread();
            ansi[0] = SQLConf$.MODULE$.get().getConfString("spark.sql.ansi.enabled");
        });
        thread.start();
        thread.join();
        assertThat(ansi[0]).isEqualTo("false");
    }
}
