//! Contexts: named clusters with the addresses of their controllers and our own certificate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::id::ControllerId;
use serde::Deserialize;

use super::args::{ControllerAt, ReachArgs};
use crate::failure::{Class, Failure};
use crate::words::both;

/// The context file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// The context to use where none is named.
    #[serde(default)]
    current: Option<String>,
    contexts: BTreeMap<String, Context>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Context {
    /// Number to `host:port`.
    controllers: BTreeMap<u64, String>,
    tls_dir: PathBuf,
}

/// Whom to ask, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) controllers: Vec<ControllerAt>,
    pub(super) tls_dir: PathBuf,
}

/// The target that the command line, the environment and the context file name together. What
/// the command line says goes before what the file says.
pub(super) fn target(reach: &ReachArgs) -> Result<Target, Failure> {
    if let (false, Some(tls_dir)) = (reach.controllers.is_empty(), &reach.tls_dir) {
        return Ok(Target { controllers: reach.controllers.clone(), tls_dir: tls_dir.clone() });
    }
    let (path, named) = match &reach.context_file {
        Some(path) => (path.clone(), true),
        None => (default_path().ok_or_else(no_context)?, false),
    };
    if !named && !path.exists() {
        return Err(no_context());
    }
    let context = read(&path, reach.context.as_deref())?;
    let controllers = if reach.controllers.is_empty() {
        let known = context.controllers.into_iter();
        known
            .map(|(number, address)| ControllerAt { controller: ControllerId(number), address })
            .collect()
    } else {
        reach.controllers.clone()
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    let tls_dir = reach.tls_dir.clone().unwrap_or_else(|| folder.join(context.tls_dir));
    if controllers.is_empty() {
        return Err(no_context());
    }
    Ok(Target { controllers, tls_dir })
}

fn default_path() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let folder = set("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| set("HOME").map(|home| PathBuf::from(home).join(".config")))?;
    Some(folder.join("bascule/config.yaml"))
}

fn no_context() -> Failure {
    Failure::new(
        Class::Input,
        both!(
            "it is not said which cluster is meant: there is no context",
            "rien ne dit de quelle grappe il s'agit : il n'y a pas de contexte",
        ),
    )
    .advising(both!(
        "write ~/.config/bascule/config.yaml with `contexts: {{ NAME: {{ controllers: {{ 1: \"HOST:PORT\" }}, tls_dir: FOLDER }} }}`, or give --controller 1=HOST:PORT and --tls-dir FOLDER",
        "écrivez ~/.config/bascule/config.yaml avec `contexts: {{ NOM: {{ controllers: {{ 1: \"HÔTE:PORT\" }}, tls_dir: DOSSIER }} }}`, ou donnez --controller 1=HÔTE:PORT et --tls-dir DOSSIER",
    ))
}

fn read(path: &Path, asked: Option<&str>) -> Result<Context, Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::new(
            Class::Input,
            both!(
                "the context file {shown} cannot be read: {error}",
                "le fichier de contextes {shown} est illisible : {error}",
            ),
        )
    })?;
    let file: File = serde_saphyr::from_str(&text).map_err(|error| {
        Failure::new(
            Class::Input,
            both!(
                "the context file {shown} is not valid: {error}",
                "le fichier de contextes {shown} n'est pas valable : {error}",
            ),
        )
    })?;
    let names = file.contexts.keys().cloned().collect::<Vec<_>>().join(", ");
    let only = || file.contexts.keys().next().filter(|_| file.contexts.len() == 1);
    let Some(name) = asked.or(file.current.as_deref()).or(only().map(String::as_str)) else {
        return Err(Failure::new(
            Class::Input,
            both!(
                "{shown} has several contexts and none is `current`: {names}",
                "{shown} a plusieurs contextes et aucun n'est `current` : {names}",
            ),
        )
        .advising(both!("name one with --context", "nommez-en un avec --context")));
    };
    file.contexts.get(name).cloned().ok_or_else(|| {
        Failure::new(
            Class::NoSuch,
            both!(
                "{shown} has no context `{name}`; it has: {names}",
                "{shown} n'a pas de contexte `{name}` ; il a : {names}",
            ),
        )
        .advising(both!("name one of these with --context", "nommez l'un d'eux avec --context"))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use model::text::Lang;

    use super::*;

    fn reach(file: &Path, context: Option<&str>) -> ReachArgs {
        ReachArgs {
            context: context.map(str::to_owned),
            context_file: Some(file.to_owned()),
            controllers: Vec::new(),
            tls_dir: None,
        }
    }

    fn with(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.yaml");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    const TWO: &str = "
contexts:
  clinic: { controllers: { 1: 'a:7001', 2: 'b:7001' }, tls_dir: person-admin }
  lab: { controllers: { 1: 'c:7001' }, tls_dir: /keys/lab }
";

    #[test]
    fn a_folder_in_a_context_is_relative_to_its_file() {
        let (folder, path) = with(TWO);
        let target = target(&reach(&path, Some("clinic"))).unwrap();
        assert_eq!(target.controllers.len(), 2);
        assert_eq!(target.tls_dir, folder.path().join("person-admin"));
    }

    #[test]
    fn the_command_line_goes_before_the_file() {
        let (_folder, path) = with(TWO);
        let mut reach = reach(&path, Some("lab"));
        reach.tls_dir = Some("/other".into());
        let target = target(&reach).unwrap();
        assert_eq!(
            (target.controllers[0].address.as_str(), target.tls_dir),
            ("c:7001", "/other".into())
        );
    }

    #[test]
    fn a_context_that_cannot_be_chosen_says_what_there_is() {
        let (_folder, path) = with(TWO);
        for (context, says) in
            [(None, "several contexts"), (Some("clnic"), "no context `clnic`; it has: clinic, lab")]
        {
            let failure = target(&reach(&path, context)).unwrap_err();
            assert!(failure.in_words(Lang::En).contains(says), "{failure:?}");
        }
        let (_folder, path) = with("contexts: {}\nkontexts: {}\n");
        let failure = target(&reach(&path, None)).unwrap_err();
        assert!(failure.in_words(Lang::En).contains("kontexts"), "{failure:?}");
    }
}
