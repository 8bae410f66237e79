//! The targets file and the environment, read and refused.

use super::*;
use tempfile::TempDir;

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn file(text: &str, mode: u32) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("targets.toml");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    (folder, path)
}

fn load(text: &str, environment: &[(&str, &str)]) -> Result<Targets, String> {
    let (folder, path) = file(text, 0o600);
    let loaded = Targets::load(Some(&path), &variables(environment));
    loaded.map_err(|mistakes| mistakes.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

fn places(targets: &Targets) -> String {
    let place = |target: &Target| {
        format!("{} {} {}", target.name(), target.environment_name(), target.settings().place())
    };
    targets.iter().map(place).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_target_is_a_url_a_service_or_single_parameters() {
    let folder = tempfile::tempdir().unwrap();
    let services = folder.path().join("services");
    std::fs::write(&services, "[shop]\nhost=c\nport=5434\nuser=me\ndbname=shop\npassword=hunter2\n").unwrap();
    let text = format!(
        r#"
[[targets]]
name = "by-url"
environment = "production"
url = "postgres://me@a:5433/shop"

[[targets]]
name = "by-parts"
environment = "staging"
host = "b"
database = "shop"
user = "me"
password_env = "SHOP_PASSWORD"

[[targets]]
name = "by-service"
environment = "test"
service = "shop"
service_file = "{}"
host = "d"
"#,
        services.display()
    );
    let targets = load(&text, &[("SHOP_PASSWORD", "hunter3")]).unwrap();
    assert_eq!(
        places(&targets),
        "by-parts staging b:5432/shop as me\nby-service test d:5434/shop as me\nby-url production a:5433/shop as me"
    );
    let secrets: Vec<_> = targets.iter().flat_map(Target::secrets).collect();
    assert_eq!(secrets, ["hunter3", "hunter2"]);
    assert!(targets.get(&Id::parse("by-url").unwrap()).unwrap().is_production());
    assert!(!format!("{targets:?}").contains("hunter"));
}

#[test]
fn the_environment_makes_targets_and_gives_those_of_the_file_another_connection() {
    let text = "[[targets]]\nname = \"my-shop\"\nenvironment = \"staging\"\nurl = \"postgres://me@a/shop\"\n";
    let environment = [
        ("KNEEBOARD_TARGET_MY_SHOP", "postgres://you@b/shop"),
        ("KNEEBOARD_TARGET_NEW", "postgres://me@c/new"),
        ("KNEEBOARD_TARGET_TRY", "postgres://me@d/try"),
        ("KNEEBOARD_ENVIRONMENT_TRY", "test"),
    ];
    assert_eq!(
        places(&load(text, &environment).unwrap()),
        "my-shop staging b:5432/shop as you\nnew production c:5432/new as me\ntry test d:5432/try as me"
    );
}

#[test]
fn mistakes_are_told_with_their_place_and_without_passwords() {
    let good =
        "[[targets]]\nname = \"shop\"\nenvironment = \"test\"\nurl = \"postgres://me:hunter2@a/shop\"\n";
    let told: String = [
        "[[targets]]\nname = \"shop\"\nurl = \"postgres://me@a/shop\"\n",
        &good.replace("name", "naem"),
        &good.replace("\"shop\"", "\"My Shop\""),
        &good.replace("\"test\"", "\" \""),
        &good.replace("postgres:", "mysql:"),
        &good.replace("/shop", "/shop?sslmode=maybe"),
        &good.replace("url = \"postgres://me:hunter2@a/shop\"", "host = \"a\"\npassword_env = \"NOT_SET\""),
        &good
            .replace("url = \"postgres://me:hunter2@a/shop\"", "service = \"shop\"\nservice_file = \"none\""),
        &format!("{good}{good}"),
    ]
    .iter()
    .map(|text| load(text, &[]).unwrap_err() + "\n")
    .collect();
    assert!(!told.contains("hunter2"), "{told}");
    insta::assert_snapshot!(told);
    let told = load("", &[("KNEEBOARD_TARGET_A_B", "hunter2"), ("KNEEBOARD_TARGET_1", "postgres://a/b")])
        .unwrap_err();
    assert!(told.contains("KNEEBOARD_TARGET_A_B: expected a URL") && !told.contains("hunter2"), "{told}");
    assert!(told.contains("KNEEBOARD_TARGET_1: expected an id"), "{told}");
}

#[test]
fn a_file_that_holds_a_password_is_its_owners_alone() {
    let text =
        "[[targets]]\nname = \"shop\"\nenvironment = \"test\"\nurl = \"postgres://me:hunter2@a/shop\"\n";
    let (_folder, path) = file(text, 0o644);
    let told = Targets::load(Some(&path), &variables(&[])).unwrap_err().to_string();
    assert!(
        told.contains(":4:7: expected a file that only its owner can read") && told.contains("644"),
        "{told}"
    );
    let (_folder, path) = file(&text.replace(":hunter2", ""), 0o644);
    assert!(Targets::load(Some(&path), &variables(&[])).is_ok());
}

#[test]
fn the_example_is_a_targets_file() {
    let targets =
        load(include_str!("../../../../targets.example.toml"), &[("SHOP_PASSWORD", "hunter2")]).unwrap();
    let names: Vec<_> = targets.iter().map(|target| target.name().as_str()).collect();
    assert_eq!(names, ["shop", "shop-staging"]);
}
