//! A day in the form of 2024, which GitHub served until 2026-04-02.

use crate::model::field::{Field, FieldType};

const fn count(name: &'static str, about: &'static str) -> Field {
    Field::plain(name, FieldType::Integer, about)
}

const NAME: Field = Field::plain("name", FieldType::Text, "the name");
const ENGAGED: Field = count("total_engaged_users", "people who used it");
const IS_CUSTOM: Field = Field::plain("is_custom_model", FieldType::Boolean, "whether it is a model of one's own");
const TRAINED: Field =
    Field::plain("custom_model_training_date", FieldType::Day, "when a model of one's own was trained, else null");
const CHATS: Field = count("total_chats", "chats that were begun");

const LANGUAGES: Field = Field::list("languages", "by programming language", &[NAME, ENGAGED]);

const COMPLETION_LANGUAGES: Field = Field::list(
    "languages",
    "by programming language",
    &[
        NAME,
        ENGAGED,
        count("total_code_suggestions", "suggestions shown"),
        count("total_code_acceptances", "suggestions taken over, in whole or in part"),
        count("total_code_lines_suggested", "lines of code suggested"),
        count("total_code_lines_accepted", "lines of code taken over"),
    ],
);

const COMPLETIONS: Field = Field::object(
    "copilot_ide_code_completions",
    "completions in editors; null when there were none",
    &[
        ENGAGED,
        LANGUAGES,
        Field::list(
            "editors",
            "by editor",
            &[NAME, ENGAGED, Field::list("models", "by model", &[NAME, IS_CUSTOM, TRAINED, ENGAGED, COMPLETION_LANGUAGES])],
        ),
    ],
);

const IDE_CHAT: Field = Field::object(
    "copilot_ide_chat",
    "chat in editors; null when there was none",
    &[
        ENGAGED,
        Field::list(
            "editors",
            "by editor",
            &[
                NAME,
                ENGAGED,
                Field::list(
                    "models",
                    "by model",
                    &[
                        NAME,
                        IS_CUSTOM,
                        TRAINED,
                        ENGAGED,
                        CHATS,
                        count("total_chat_insertion_events", "times that code from chat was inserted"),
                        count("total_chat_copy_events", "times that code from chat was copied"),
                    ],
                ),
            ],
        ),
    ],
);

const DOTCOM_CHAT: Field = Field::object(
    "copilot_dotcom_chat",
    "chat on github.com; null when there was none",
    &[ENGAGED, Field::list("models", "by model", &[NAME, IS_CUSTOM, TRAINED, ENGAGED, CHATS])],
);

const DOTCOM_PULL_REQUESTS: Field = Field::object(
    "copilot_dotcom_pull_requests",
    "summaries of pull requests on github.com; null when there were none",
    &[
        ENGAGED,
        Field::list(
            "repositories",
            "by repository",
            &[
                NAME,
                ENGAGED,
                Field::list(
                    "models",
                    "by model",
                    &[NAME, IS_CUSTOM, TRAINED, ENGAGED, count("total_pr_summaries_created", "summaries written")],
                ),
            ],
        ),
    ],
);

/// One day; days without data are left out by GitHub.
pub(in crate::kind) const DAY: &[Field] = &[
    Field::plain("date", FieldType::Day, "the day"),
    count("total_active_users", "people with any activity, shown suggestions included"),
    count("total_engaged_users", "people who did something with Copilot"),
    COMPLETIONS,
    IDE_CHAT,
    DOTCOM_CHAT,
    DOTCOM_PULL_REQUESTS,
];
