//! resolvematrix, which continuwuity uses, with reqwest and rustls as a judge of other servers: for each server name on a line of standard
//! input, one line of JSON on standard output. Nothing is kept from one name to the next. The first argument is a PEM file of the only roots.
//!
//! It checks no signatures: keys are accepted when they are JSON of the right `server_name`.

use resolvematrix::server::MatrixResolverBuilder;
use serde_json::{Value, json};
use std::{error::Error, io::BufRead, sync::Arc, time::Duration};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const DEADLINE: Duration = Duration::from_secs(40);

/// As continuwuity makes its clients (src/service/client/mod.rs).
fn builder(roots: &[reqwest::Certificate]) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent("continuwuity/0.5.0 (bot; +https://continuwuity.org)")
        .connect_timeout(Duration::from_secs(6))
        .timeout(Duration::from_secs(10))
        .tls_certs_only(roots.to_vec())
}

async fn get(roots: &[reqwest::Certificate], name: &str, path: &str) -> Result<Value> {
    let well_known = builder(roots).redirect(reqwest::redirect::Policy::limited(4)).build()?;
    let resolver = Arc::new(MatrixResolverBuilder::new().http_client(well_known).build()?);
    let resolution = resolver.resolve_server(name).await?;
    let client = resolver.create_client_with_builder(builder(roots).redirect(reqwest::redirect::Policy::limited(3)))?;
    let response = client.get(format!("{}{path}", resolution.base_url())).send().await?.error_for_status()?;
    Ok(response.json().await?)
}

async fn version(roots: &[reqwest::Certificate], name: &str) -> Result<()> {
    let body = get(roots, name, "/_matrix/federation/v1/version").await?;
    if body["server"].is_object() { Ok(()) } else { Err("no server object".into()) }
}

async fn keys(roots: &[reqwest::Certificate], name: &str) -> Result<()> {
    let body = get(roots, name, "/_matrix/key/v2/server").await?;
    if body["server_name"] == name { Ok(()) } else { Err(format!("server_name is {}", body["server_name"]).into()) }
}

/// With its causes: reqwest's own words say only that something failed.
fn words(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

async fn within(work: impl Future<Output = Result<()>>) -> Option<String> {
    match tokio::time::timeout(DEADLINE, work).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(words(error.as_ref())),
        Err(_) => Some("no end".into()),
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "there is a provider")?;
    let file = std::env::args().nth(1).ok_or("usage: judge ca.pem")?;
    let roots = reqwest::Certificate::from_pem_bundle(&std::fs::read(file)?)?;
    for line in std::io::stdin().lock().lines() {
        let name = line?;
        let (error, keys_error) = tokio::join!(within(version(&roots, &name)), within(keys(&roots, &name)));
        println!(
            "{}",
            json!({ "name": name, "reached": error.is_none(), "keysAccepted": keys_error.is_none(), "error": error, "keysError": keys_error })
        );
    }
    Ok(())
}
